/* SPDX-License-Identifier: BSD-3-Clause */
/* The step loop: one persistent parallel region; the master talks to MPI and to the files between two
 * barriers. */
#include "base/fault.h"
#include "base/memory.h"
#include "base/signals.h"
#include "base/timer.h"
#include "sim/recording/spike_record.h"
#include "sim/sim_state.h"
#include "sim/recording/weight_recorder.h"

#include <omp.h>
#include <string.h>

/* In one of so many exchanges the ranks meet first: only then can waiting for the slowest be told from moving
 * spikes. */
enum { SAMPLE_EXCHANGES = 32 };

/* Brings the spikes of all threads into one list: step by step, ascending gid. */
static int gather(volley_sim *sim, int64_t n_steps) {
    int threads = sim->layout->threads;
    size_t total = 0;
    for (int t = 0; t < threads; t++)
        total += sim->workers[t].n_gids;
    TRY(VOLLEY_RESERVE(sim->gids, &sim->gids_capacity, total));
    TRY(VOLLEY_RESERVE(sim->merged, &sim->merged_capacity, total));
    size_t at = 0;
    for (int64_t step = 0; step < n_steps; step++) {
        uint64_t *list = sim->gids + at;
        for (int t = 0; t < threads; t++) {
            const volley_worker *w = &sim->workers[t];
            int64_t first = step > 0 ? w->step_end[step - 1] : 0, n = w->step_end[step] - first;
            sim->starts[t + 1] = sim->starts[t] + n;
            if (n > 0)
                memcpy(list + sim->starts[t], w->gids + first, (size_t)n * sizeof *list);
        }
        volley_merge_ascending(list, sim->starts, threads, sim->merged);
        sim->counts[step] = sim->starts[threads];
        at += (size_t)sim->counts[step];
    }
    for (int t = 0; t < threads; t++)
        sim->workers[t].n_gids = 0;
    return VOLLEY_OK;
}

/* First failure of this rank's threads becomes the master's. */
static void collect_failures(volley_sim *sim) {
    for (int t = 0; t < sim->layout->threads && sim->status == VOLLEY_OK; t++)
        sim->status = volley_status_result(&sim->workers[t].status);
}

static size_t recorded(const volley_sim *sim) {
    size_t n = 0;
    for (int t = 0; t < sim->layout->threads; t++)
        n += sim->workers[t].n_recorded;
    return n;
}

/* Collective. Writes what has been recorded up to `stamp`. */
static int flush(volley_sim *sim, int64_t stamp) {
    double start = volley_now();
    size_t n = recorded(sim), at = 0;
    int status = VOLLEY_RESERVE(sim->flush, &sim->flush_capacity, n);
    if (status == VOLLEY_OK)
        status = volley_fault(VOLLEY_FAULT_RECORD, stamp);
    status = volley_comm_agree(sim->comm, status);
    if (status == VOLLEY_OK) {
        for (int t = 0; t < sim->layout->threads; t++) {
            volley_worker *w = &sim->workers[t];
            if (w->n_recorded > 0)
                memcpy(sim->flush + at, w->recorded, w->n_recorded * sizeof *w->recorded);
            at += w->n_recorded;
            w->n_recorded = 0;
        }
        status = volley_spike_writer_segment(sim->writer, sim->flush, (int64_t)n, stamp);
    }
    sim->write_s += volley_now() - start;
    return status;
}

/* Collective. Writes the states and rates kept up to `stamp`. */
static int flush_states(volley_sim *sim, int64_t stamp) {
    if (sim->network->n_state_records == 0 && sim->network->rates_interval == 0)
        return VOLLEY_OK;
    double start = volley_now();
    int status = volley_record_flush(sim->comm, sim->workers, sim->layout->threads, stamp,
                                     sim->options.states, sim->options.rates);
    sim->write_s += volley_now() - start;
    return status;
}

/* What all ranks know of a write: the first failure stays and ends the run. */
static void note_written(volley_sim *sim, int code) {
    if (sim->written == VOLLEY_OK)
        sim->written = code;
    if (sim->written != VOLLEY_OK)
        sim->ended = true;
}

/* Collective. Writes what a rank has asked for; all ranks end together when it fails. */
static void flush_wanted(volley_sim *sim, int64_t stamp) {
    if (sim->spikes.flags & VOLLEY_FLAG_FLUSH)
        note_written(sim, flush(sim, stamp));
    if (!sim->ended && sim->spikes.flags & VOLLEY_FLAG_STATES)
        note_written(sim, flush_states(sim, stamp));
}

/* Collective. Moves the spikes of an interval. */
static int move_spikes(volley_sim *sim, int64_t n_steps, uint32_t flags) {
    bool sample = sim->exchanges++ % SAMPLE_EXCHANGES == 0;
    double start = volley_now(), met = start;
    volley_watch_enter(sim->watch, sim->stamp + n_steps);
    if (sample) {
        volley_comm_barrier(sim->comm);
        met = volley_now();
    }
    int status = volley_exchange_run(sim->exchange, n_steps, sim->counts, sim->gids, flags, &sim->spikes);
    volley_watch_leave(sim->watch);
    double moved = volley_now();
    sim->move_s += moved - start;
    sim->sampled += sample;
    sim->sampled_move_s += sample ? moved - met : 0.0;
    return status;
}

/* Whether a checkpoint is taken at this exchange, and the run ends: as all ranks know. */
static void decide_checkpoint(volley_sim *sim, int64_t stamp) {
    const volley_checkpoint_options *options = &sim->options.checkpoint;
    bool wanted = sim->spikes.flags & (VOLLEY_FLAG_CHECKPOINT | VOLLEY_FLAG_RATE);
    bool due = options->interval > 0 && stamp % options->interval == 0;
    sim->saving = options->directory != NULL && (wanted || due);
    sim->stopping = sim->spikes.flags & VOLLEY_FLAG_RATE ||
                    (sim->spikes.flags & VOLLEY_FLAG_STOP && stamp < sim->network->steps);
}

/* What signals ask for, as flags. */
static uint32_t asked_for(const volley_sim *sim) {
    bool checkpoint = false, stop = false;
    if (sim->options.checkpoint.directory != NULL)
        volley_signals_take(&checkpoint, &stop);
    return (checkpoint ? VOLLEY_FLAG_CHECKPOINT : 0) | (stop ? VOLLEY_FLAG_STOP : 0);
}

/* limits.max_rate is about all spikes; with routes they do not come here. */
static void count_rates(volley_sim *sim, int64_t stamp, int64_t n_steps) {
    const volley_spikes *spikes = &sim->spikes;
    bool own = sim->options.routes != NULL && volley_comm_size(sim->comm) > 1;
    for (int64_t i = 0; !own && i < n_steps; i++)
        sim->counts[i] = spikes->start[i + 1] - spikes->start[i];
    volley_rate_limit_count(&sim->limit, own ? sim->comm : NULL, n_steps, sim->counts,
                            own ? sim->gids : spikes->gid, stamp - n_steps + 1);
}

/* The master's part of an interval that ends with `stamp`. */
static void exchange(volley_sim *sim, int64_t stamp, int64_t n_steps) {
    volley_worker *master = &sim->workers[0];
    double start = volley_now();
    collect_failures(sim);
    if (sim->status == VOLLEY_OK)
        sim->status = gather(sim, n_steps);
    if (sim->status == VOLLEY_OK)
        sim->status = volley_fault(VOLLEY_FAULT_EXCHANGE, stamp);
    uint32_t flags = asked_for(sim) | (sim->status != VOLLEY_OK ? VOLLEY_FLAG_ERROR : 0);
    if (recorded(sim) >= sim->options.record_buffer)
        flags |= VOLLEY_FLAG_FLUSH;
    size_t kept = volley_record_bytes_kept(sim->workers, sim->layout->threads);
    if (kept > 0 && kept >= sim->options.state_buffer)
        flags |= VOLLEY_FLAG_STATES;
    if (sim->limit.exceeded)
        flags |= VOLLEY_FLAG_RATE;
    int status = move_spikes(sim, n_steps, flags);
    if (sim->status == VOLLEY_OK)
        sim->status = status;
    double drawing = sim->stand_in.seconds;
    if (sim->options.stand_in != NULL && status == VOLLEY_OK) {
        status = volley_stand_in_add(&sim->stand_in, stamp - n_steps + 1, &sim->spikes);
        sim->status = sim->status == VOLLEY_OK ? status : sim->status;
    }
    drawing = sim->stand_in.seconds - drawing;
    double exchanged = volley_now();
    master->phase_s[VOLLEY_PHASE_EXCHANGE] += exchanged - start - drawing;
    sim->stamp = stamp;
    if (sim->spikes.flags & VOLLEY_FLAG_ERROR) {
        sim->ended = true;
        return;
    }
    decide_checkpoint(sim, stamp);
    count_rates(sim, stamp, n_steps);
    flush_wanted(sim, stamp);
    if (sim->progress.mode != VOLLEY_PROGRESS_OFF)
        volley_progress_update(&sim->progress, sim->network, stamp, sim->spikes.total);
    master->phase_s[VOLLEY_PHASE_RECORD] += volley_now() - exchanged;
}

static void wait(volley_sim *sim, volley_worker *worker) {
    double start = volley_now();
    volley_barrier_wait(sim->barrier);
    worker->phase_s[VOLLEY_PHASE_WAIT] += volley_now() - start;
}

/* The spikes of one interval go into the calendars. */
static void receive(volley_sim *sim, volley_worker *worker, int64_t first_stamp) {
    double start = volley_now();
    const volley_spikes *spikes = &sim->spikes;
    for (int64_t i = 0; i < spikes->n_steps; i++)
        volley_worker_receive(worker, spikes->gid + spikes->start[i], spikes->start[i + 1] - spikes->start[i],
                              first_stamp + i);
    volley_worker_sweep(worker, first_stamp + spikes->n_steps - 1);
    worker->phase_s[VOLLEY_PHASE_ARRIVE] += volley_now() - start;
}

/* Takes the snapshots of weights that are due at `stamp`; all threads take part. */
static void snapshot(volley_sim *sim, volley_worker *worker, int64_t stamp) {
    if (stamp != sim->snapshots.next)
        return;
    wait(sim, worker); /* the step of the next snapshot is changed below */
    for (int32_t i = 0; i < sim->network->n_weight_records && !sim->ended; i++) {
        if (!volley_snapshots_due(&sim->snapshots, i, stamp))
            continue;
        double start = volley_now();
        volley_snapshots_collect(&sim->snapshots, worker->thread, i, stamp);
        worker->phase_s[VOLLEY_PHASE_RECORD] += volley_now() - start;
        wait(sim, worker);
        if (worker->thread == 0) {
            start = volley_now();
            collect_failures(sim);
            note_written(sim, volley_snapshots_write(&sim->snapshots, sim->comm, i, sim->status));
            sim->write_s += volley_now() - start;
            worker->phase_s[VOLLEY_PHASE_RECORD] += volley_now() - start;
        }
        wait(sim, worker);
    }
}

/* Everything recorded up to the step of a checkpoint goes to disk first. Failures have been agreed on. */
static int bring_to_disk(volley_sim *sim, int64_t stamp) {
    collect_failures(sim);
    TRY(volley_comm_agree(sim->comm, sim->status));
    TRY(flush(sim, stamp));
    TRY(flush_states(sim, stamp));
    int code = sim->options.states != NULL ? volley_state_writer_sync(sim->options.states) : VOLLEY_OK;
    if (code == VOLLEY_OK && sim->options.weights != NULL)
        code = volley_weight_writer_sync(sim->options.weights);
    return volley_comm_agree(sim->comm, code);
}

/* All threads look at their states, and the run ends when one is no longer a finite number. */
static void watch_states(volley_sim *sim, volley_worker *worker, int64_t stamp) {
    double start = volley_now();
    sim->bad[worker->thread] = volley_states_look(worker);
    wait(sim, worker);
    if (worker->thread == 0) {
        sim->worst = volley_states_judge(sim->comm, sim->bad, sim->layout->threads);
        if (sim->worst.gid != UINT64_MAX)
            sim->broken = sim->ended = true;
        else
            sim->looked = stamp;
        worker->phase_s[VOLLEY_PHASE_RECORD] += volley_now() - start;
    }
    wait(sim, worker);
}

/* The master's part of a checkpoint; the threads follow. Returns the same code on all ranks, with the message
 * printed. */
static int take_checkpoint(volley_sim *sim, int64_t stamp) {
    TRY(bring_to_disk(sim, stamp));
    sim->kept.exchanged = volley_sim_exchanged(sim);
    return volley_comm_agree(sim->comm,
                             volley_checkpoint_save(&sim->owners, &sim->options.checkpoint, stamp));
}

/* Takes the checkpoint that is due at `stamp`; all threads take part. There is none of a run that lacks
 * something of what it has recorded. */
static void save(volley_sim *sim, volley_worker *worker, int64_t stamp) {
    if (!sim->saving || sim->ended)
        return;
    wait(sim, worker); /* all have received the spikes */
    if (worker->thread == 0) {
        double start = volley_now(), written = sim->write_s;
        volley_team_lead(&sim->team);
        note_written(sim, take_checkpoint(sim, stamp));
        volley_team_leave(&sim->team);
        sim->write_s = written + volley_now() - start; /* what is inside has been counted already */
        worker->phase_s[VOLLEY_PHASE_RECORD] += volley_now() - start;
    } else {
        volley_team_follow(&sim->team, worker->thread);
    }
    wait(sim, worker);
}

/* Steps up to the next exchange: a snapshot shows the spikes of its step, and a checkpoint stands between
 * steps, so they force one. */
static int64_t steps_ahead(const volley_sim *sim, int64_t first) {
    int64_t end = sim->network->steps < sim->snapshots.next ? sim->network->steps : sim->snapshots.next;
    int64_t interval = sim->options.checkpoint.interval;
    if (interval > 0 && (first / interval + 1) * interval < end)
        end = (first / interval + 1) * interval;
    int64_t look =
        (first / VOLLEY_WATCH_STEPS + 1) * VOLLEY_WATCH_STEPS; /* the same steps for every interval */
    end = look < end ? look : end;
    return end - first < sim->options.interval ? end - first : sim->options.interval;
}

/* What comes before the first update. */
static void begin(volley_sim *sim, volley_worker *worker) {
    if (sim->start == 0)
        volley_worker_initial(worker);
    else if (sim->elsewhere)
        volley_worker_record_start(worker, sim->start);
    snapshot(sim, worker, sim->start);
}

/* What one thread does for the whole run. Update k takes the state from step k to k + 1; its spikes are
 * stamped k + 1. */
static void loop(volley_sim *sim, volley_worker *worker) {
    int64_t steps = sim->network->steps;
    begin(sim, worker);
    for (int64_t first = sim->start; first < steps && !sim->ended && !sim->stopping;) {
        int64_t n = steps_ahead(sim, first);
        for (int64_t i = 0; i < n; i++) {
            volley_worker_step(worker, first + i, i);
            if (worker->thread == sim->layout->threads - 1)
                volley_status_share(&worker->status, volley_fault(VOLLEY_FAULT_STEP, first + i));
        }
        wait(sim, worker);
        if (worker->thread == 0)
            exchange(sim, first + n, n);
        wait(sim, worker);
        if (!sim->ended &&
            (sim->saving || (first + n) % VOLLEY_WATCH_STEPS == 0 || first + n == steps || sim->stopping))
            watch_states(sim, worker, first + n);
        if (!sim->ended) {
            receive(sim, worker, first + 1);
            snapshot(sim, worker, first + n);
            save(sim, worker, first + n);
        }
        first += n;
    }
}

/* The weights at the end. */
static void hash_weights(volley_sim *sim) {
    double start = volley_now();
#pragma omp parallel num_threads(sim->layout->threads)
    {
        volley_worker *worker = &sim->workers[omp_get_thread_num()];
        for (int i = 0; i < worker->n_plastic; i++)
            volley_status_share(&worker->status,
                                volley_weights_hash(worker, i, sim->stamp, &worker->weight_hash));
    }
    sim->finish_s = volley_now() - start;
}

int volley_sim_open_weights(volley_sim *sim) {
    return volley_comm_agree(sim->comm, volley_snapshots_open(&sim->snapshots, sim->comm));
}

int volley_sim_run(volley_sim *sim) {
    volley_progress_start(&sim->progress,
                          volley_comm_rank(sim->comm) == 0 ? sim->options.progress : VOLLEY_PROGRESS_OFF,
                          sim->start);
    volley_watch_start(sim->comm, sim->network->max_wait, sim->network->dt_ms, &sim->watch);
#pragma omp parallel num_threads(sim->layout->threads)
    loop(sim, &sim->workers[omp_get_thread_num()]);
    volley_watch_end(&sim->watch);
    volley_progress_end(&sim->progress, sim->network, !sim->ended && !sim->stopping);
    if (!sim->ended && !sim->stopping)
        hash_weights(sim);
    TRY(sim->written);
    collect_failures(sim);
    TRY(volley_comm_agree(sim->comm, sim->status));
    TRY(flush(sim, sim->stamp));
    return flush_states(sim, sim->stamp);
}

int volley_sim_restore(volley_sim *sim, const volley_checkpoint *checkpoint, bool elsewhere) {
    int code = volley_checkpoint_load(&sim->owners, checkpoint, elsewhere);
    if (code == VOLLEY_OK)
        collect_failures(sim);
    sim->base = sim->kept.exchanged;
    sim->start = sim->stamp = sim->looked = checkpoint->step;
    sim->elsewhere = elsewhere;
    if (!elsewhere)
        volley_snapshots_go_on(&sim->snapshots, checkpoint->step);
    return volley_comm_agree(sim->comm, code != VOLLEY_OK ? code : sim->status);
}
