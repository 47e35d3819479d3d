/* SPDX-License-Identifier: BSD-3-Clause */
/* One synapse with weights of type REAL; included by eager.h for float and for double. */

typedef struct EAGER(synapse) {
    REAL w;
    int64_t pre_at, post_at; /* last spike at the synapse; long ago: none */
    double pre[2];           /* source's traces just after it */
    REAL post[2];            /* target's */
    REAL centered;           /* the source's trace that a post spike uses up */
    bool paired;             /* a post spike since the last pre spike */
    double x, u;             /* tsodyks */
} EAGER(synapse);

static inline REAL EAGER(clip)(const eager_rule *r, REAL w) {
    REAL low = (REAL)fmin(r->w_min, r->w_max), high = (REAL)fmax(r->w_min, r->w_max);
    if (r->soft)
        return w;
    return w > low ? (w < high ? w : high) : low;
}

static inline REAL EAGER(dependence)(REAL x, double mu) {
    if (mu == 0.0)
        return 1;
    x = x > 0 ? x : (REAL)0;
    return mu == 1.0 ? x : EAGER_POWER(x, (REAL)mu);
}

/* The weight after a post spike that finds the source's trace `plus` and its own slow trace `slow`. */
static inline REAL EAGER(potentiated)(const eager_rule *r, REAL w, REAL plus, REAL slow) {
    REAL sign = r->w_max < 0.0 ? -1 : 1, max = (REAL)fabs(r->w_max), size;
    double range = r->w_max - r->w_min;
    switch (r->kind) {
    case EAGER_STDP: {
        REAL x = (w - (REAL)r->w_min) * (REAL)(1.0 / range);
        REAL step = (REAL)(range * r->a_plus) * EAGER(dependence)(1 - x, r->mu_plus);
        return EAGER(clip)(r, w + step * plus);
    }
    case EAGER_POWER_LAW:
        if (r->mu == 0.0)
            return w + (REAL)r->lambda * plus;
        return w + (REAL)r->lambda * EAGER_POWER(w, (REAL)r->mu) * plus;
    case EAGER_TRIPLET:
        size = w * sign + plus * ((REAL)r->a_plus + (REAL)r->plus_triplet * slow);
        return (size < max ? size : max) * sign;
    case EAGER_INHIBITORY:
        size = w * sign + (REAL)r->eta * plus;
        return (size < max ? size : max) * sign;
    default:
        return w;
    }
}

/* The weight after a pre spike that finds the target's trace `minus` and its own slow trace `slow`. */
static inline REAL EAGER(depressed)(const eager_rule *r, REAL w, REAL minus, REAL slow) {
    REAL sign = r->w_max < 0.0 ? -1 : 1, max = (REAL)fabs(r->w_max), size;
    double range = r->w_max - r->w_min;
    switch (r->kind) {
    case EAGER_STDP: {
        REAL x = (w - (REAL)r->w_min) * (REAL)(1.0 / range);
        REAL step = (REAL)(range * r->a_minus) * EAGER(dependence)(x, r->mu_minus);
        return EAGER(clip)(r, w - step * minus);
    }
    case EAGER_POWER_LAW:
        size = w - (REAL)(r->lambda * r->alpha) * w * minus;
        return size > 0 ? size : (REAL)0;
    case EAGER_TRIPLET:
        size = w * sign - minus * ((REAL)r->a_minus + (REAL)r->minus_triplet * slow);
        return (size > 0 ? size : (REAL)0) * sign;
    case EAGER_INHIBITORY:
        size = w * sign + (REAL)r->eta * minus;
        size = (size < max ? size : max) - (REAL)(r->alpha * r->eta);
        return (size > 0 ? size : (REAL)0) * sign;
    default:
        return w;
    }
}

static inline bool EAGER(active)(const eager_rule *r, int64_t now) {
    return (now > r->start || r->start == 0) && now <= r->stop; /* start 0: from the beginning on */
}

static inline REAL EAGER(decayed)(const eager_rule *r, REAL trace, double tau, int64_t steps) {
    return trace * (REAL)eager_decay(tau, r->dt, steps);
}

static inline void EAGER(post_change)(const eager_rule *r, EAGER(synapse) * s, int64_t now) {
    REAL trace = r->pairing == EAGER_CENTERED ? s->centered : (REAL)s->pre[0];
    REAL plus = EAGER(decayed)(r, trace, r->tau_plus, now - s->pre_at);
    REAL slow = r->kind == EAGER_TRIPLET ? EAGER(decayed)(r, s->post[1], r->tau_minus_slow, now - s->post_at)
                                         : (REAL)0;
    bool counts = r->pairing != EAGER_RESTRICTED || !s->paired;
    bool remembered = eager_decay(r->tau_plus, r->dt, now - s->pre_at) > 0.0;
    if (counts && remembered && EAGER(active)(r, now))
        s->w = EAGER(potentiated)(r, s->w, plus, slow);
    s->paired = true;
    s->centered = 0;
}

static inline void EAGER(pre_change)(const eager_rule *r, EAGER(synapse) * s, int64_t now) {
    REAL minus = EAGER(decayed)(r, s->post[0], r->tau_minus, now - s->post_at);
    REAL slow = r->kind == EAGER_TRIPLET
                    ? (REAL)(s->pre[1] * eager_decay(r->tau_plus_slow, r->dt, now - s->pre_at))
                    : (REAL)0;
    bool counts = r->pairing != EAGER_RESTRICTED || s->paired;
    if (counts && EAGER(active)(r, now))
        s->w = EAGER(depressed)(r, s->w, minus, slow);
}

static inline void EAGER(post_traces)(const eager_rule *r, EAGER(synapse) * s, int64_t now) {
    bool nearest = r->pairing != EAGER_ALL;
    int64_t since = now - s->post_at;
    s->post[0] = nearest ? (REAL)1 : EAGER(decayed)(r, s->post[0], r->tau_minus, since) + (REAL)1;
    if (r->kind == EAGER_TRIPLET)
        s->post[1] = EAGER(decayed)(r, s->post[1], r->tau_minus_slow, since) + (REAL)1;
    s->post_at = now;
}

static inline void EAGER(pre_traces)(const eager_rule *r, EAGER(synapse) * s, int64_t now) {
    bool nearest = r->pairing != EAGER_ALL;
    int64_t since = now - s->pre_at;
    s->centered = EAGER(decayed)(r, s->centered, r->tau_plus, since) + (REAL)1;
    s->pre[0] = nearest ? 1.0 : s->pre[0] * eager_decay(r->tau_plus, r->dt, since) + 1.0;
    if (r->kind == EAGER_TRIPLET)
        s->pre[1] = s->pre[1] * eager_decay(r->tau_plus_slow, r->dt, since) + 1.0;
    s->pre_at = now;
    s->paired = false;
}

/* The factor on what a spike delivers under tsodyks. */
static inline double EAGER(resources)(const eager_rule *r, EAGER(synapse) * s, int64_t now) {
    double h = (double)(now - s->pre_at);
    if (s->pre_at == INT64_MIN / 4) {
        s->x = 1.0;
        s->u = r->u_start;
    } else {
        s->x = 1.0 + (s->x - s->x * s->u - 1.0) * volley_exp(-h * (r->dt / r->tau_rec));
        double left = r->tau_fac > 0.0 ? volley_exp(-h * (r->dt / r->tau_fac)) : 0.0;
        s->u = r->u_low + s->u * (1.0 - r->u_low) * left;
    }
    s->pre_at = now;
    return s->x * s->u;
}

/* The post spikes of a step, one after another. */
static inline void EAGER(post_spikes)(const eager_rule *r, EAGER(synapse) * s, int64_t now, int n) {
    for (; n > 0; n--) {
        EAGER(post_change)(r, s, now);
        EAGER(post_traces)(r, s, now);
    }
}

/* Walks one synapse from step 0 to `steps`. fires[s]: how many spikes stamped s the neuron has. Weights at
 * snapshots[0 .. n) (ascending steps) are stored in at_snapshot; each delivery goes to the sink. Returns the
 * weight at the end. */
static inline REAL EAGER(run)(const eager_rule *r, REAL weight, const uint8_t *pre_fires,
                              const uint8_t *post_fires, int64_t steps, int64_t axonal, int64_t dendritic,
                              const int64_t *snapshots, int n, REAL *at_snapshot, eager_sink sink,
                              void *context) {
    EAGER(synapse) s = {.w = weight, .pre_at = INT64_MIN / 4, .post_at = INT64_MIN / 4};
    int next = 0;
    for (int64_t now = 0; now <= steps; now++) {
        int pre = now >= axonal ? pre_fires[now - axonal] : 0;
        int post = now >= dendritic ? post_fires[now - dendritic] : 0;
        if (r->kind == EAGER_TSODYKS) {
            for (; pre > 0; pre--)
                sink(context, now - axonal, EAGER(resources)(r, &s, now) * (double)s.w);
        } else {
            EAGER(synapse) old = s, met;
            if (r->order != EAGER_PRE_FIRST)
                EAGER(post_spikes)(r, &s, now, post);
            met = s;
            if (r->order == EAGER_NOTHING) { /* pre spikes find the target's traces as they were */
                memcpy(s.post, old.post, sizeof s.post);
                s.post_at = old.post_at;
            }
            for (; pre > 0; pre--) {
                double before = (double)s.w;
                EAGER(pre_change)(r, &s, now);
                sink(context, now - axonal, r->deliver_before ? before : (double)s.w);
                EAGER(pre_traces)(r, &s, now);
            }
            memcpy(s.post, met.post, sizeof s.post);
            s.post_at = met.post_at;
            if (r->order == EAGER_PRE_FIRST)
                EAGER(post_spikes)(r, &s, now, post);
        }
        for (; next < n && snapshots[next] == now; next++)
            at_snapshot[next] = s.w;
    }
    return s.w;
}
