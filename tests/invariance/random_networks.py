# SPDX-License-Identifier: BSD-3-Clause
"""Random networks: any mixture of models, rules, stimuli, delays, plasticity, positions and recordings.

network(number) is a config as a dict; the same number gives the same network."""
import random

# model: what a weight that moves a neuron noticeably is, and parameters that can be drawn
NEURONS = {
    "iaf_psc_exp": (120.0, {"tau_m": (5.0, 20.0), "V_th": (-58.0, -52.0), "tau_syn_ex": (0.5, 3.0), "t_ref": (0.0, 3.0)}),
    "iaf_psc_alpha": (80.0, {"tau_m": (5.0, 20.0), "C_m": (150.0, 300.0), "tau_syn_in": (0.5, 3.0), "t_ref": (0.0, 3.0)}),
    "iaf_psc_delta": (1.5, {"tau_m": (8.0, 20.0), "V_th": (-58.0, -52.0), "t_ref": (0.0, 3.0)}),
    "iaf_cond_exp": (6.0, {"g_L": (8.0, 18.0), "tau_syn_ex": (0.3, 3.0), "V_th": (-58.0, -52.0)}),
    "aeif_cond_exp": (9.0, {"a": (0.0, 8.0), "b": (20.0, 90.0), "tau_w": (40.0, 160.0)}),
    "aeif_psc_exp": (250.0, {"a": (0.0, 8.0), "b": (20.0, 90.0), "tau_w": (40.0, 160.0)}),
    "izhikevich": (4.0, {"a": (0.02, 0.1), "d": (2.0, 8.0)}),
    "hh_psc_alpha": (90.0, {"tau_syn_ex": (0.2, 2.0)}),
    "lif_euler": (0.2, {"tau_m": (5.0, 20.0), "t_ref": (0.0, 3.0)}),
    "lif_cond_euler": (0.3, {"tau_m": (10.0, 20.0), "t_ref": (0.0, 5.0)}),
    "parrot_neuron": (1.0, {}),
    "srm0": (0.7, {"threshold": (0.5, 1.5), "axonal_delay": (0.0, 1.0)}),
}
INHIBITION = ("iaf_psc_exp", "iaf_psc_alpha", "iaf_psc_delta", "iaf_cond_exp", "aeif_cond_exp", "aeif_psc_exp",
              "izhikevich", "hh_psc_alpha", "lif_cond_euler")


class Draw:
    """Choices for one network."""

    def __init__(self, number):
        self.r = random.Random(number)
        self.dt = self.r.choice([0.1, 0.1, 0.125, 0.25, 0.5])
        self.steps = self.r.randint(200, 900)
        self.box = {"extent": [1.0, self.between(0.5, 2.0)], "edge_wrap": self.maybe()}
        self.srm0_delay = self.time(1, 40)  # all inputs of an srm0 population need the same
        self.models = {}
        self.sizes = {}

    def maybe(self, p=0.5):
        return self.r.random() < p

    def between(self, low, high):
        return round(self.r.uniform(low, high), 4)

    def time(self, low, high):
        """A multiple of the step, of between so many steps."""
        return round(self.r.randint(low, high) * self.dt, 9)

    def size(self):
        return self.r.choice([1, 2, 3, 16, 17, 63, 64, 65, 130, self.r.randint(1, 300)])

    def spread(self, low, high):
        """One number for all, or a distribution."""
        kind = self.r.randrange(3)
        if kind == 0 or low == high:
            return self.between(low, high)
        if kind == 1:
            return {"uniform": {"low": low, "high": high}}
        return {"normal": {"mean": (low + high) / 2, "std": (high - low) / 4, "min": low, "max": high}}

    def subset(self, name):
        """The population, or a part of it."""
        size, kind = self.sizes[name], self.r.randrange(7)
        if kind > 3 or size < 4:
            return name
        start = self.r.randrange(size - 1)
        part = [{"first": self.r.randint(1, size)}, {"every": self.r.randint(1, 5)},
                {"range": [start, self.r.randint(start + 1, size)]},
                {"ids": self.r.sample(range(size), self.r.randint(1, min(size, 20)))}][kind]
        return {"population": name, "neurons": part}

    def train(self):
        return [round(step * self.dt, 9) for step in
                sorted(self.r.sample(range(self.steps), self.r.randint(1, max(1, self.steps // 12))))]


def count(part, sizes):
    """Neurons of a population or subset."""
    if isinstance(part, str):
        return sizes[part]
    (kind, value), = part["neurons"].items()
    size = sizes[part["population"]]
    return {"first": lambda: value, "every": lambda: -(-size // value), "range": lambda: value[1] - value[0],
            "ids": lambda: len(value)}[kind]()


def population(d, name, model):
    size = d.size()
    d.models[name], d.sizes[name] = model, size
    result = {"model": model, "size": size}
    if model == "spike_source":
        result["params"] = {"spike_times": [d.train() for _ in range(d.r.randint(1, size))]}
    elif model == "correlated_poisson_source":
        result["params"] = {"rate": d.between(5.0, 80.0), "c": d.between(0.0, 1.0)}
    else:
        fields = NEURONS[model][1]
        result["params"] = {key: d.spread(*span) for key, span in fields.items() if d.maybe()}
        if model not in ("parrot_neuron", "srm0", "izhikevich") and d.maybe():
            result["init"] = {"V_m": {"uniform": {"low": -70.0, "high": -60.0}}}
    if d.maybe(0.3):
        result["positions"] = {"uniform": d.box}
    return result


def stimulus(d, name):
    model = d.models[name]
    size = NEURONS[model][0]
    kind = d.r.choice(["poisson", "poisson", "poisson", "inhomogeneous_poisson", "sinusoidal_poisson", "dc", "noise",
                       "step_current"])
    result = {"model": kind, "target": d.subset(name)}
    if model in ("parrot_neuron", "srm0") and "poisson" not in kind:
        kind = result["model"] = "poisson"
    weight = size if model in ("parrot_neuron", "srm0", "lif_euler") or d.maybe(0.8) else -size / 2
    if model not in INHIBITION:
        weight = abs(weight)
    common = {"weight": 1.0 if model == "parrot_neuron" else weight,
              "delay": d.srm0_delay if model == "srm0" else d.time(1, 20)}
    rate = d.between(20.0, 90.0) if model in ("parrot_neuron", "srm0") else d.between(300.0, 3000.0)
    drive = {"izhikevich": 12.0, "iaf_psc_delta": 300.0, "lif_euler": 0.6, "lif_cond_euler": 12.0,
             "hh_psc_alpha": 600.0}.get(model, 420.0)
    middle = d.time(1, d.steps - 1)
    result["params"] = {
        "poisson": {"rate": rate, **common},
        "inhomogeneous_poisson": {"rate_times": [0.0, middle], "rate_values": [rate, rate / 3], **common},
        "sinusoidal_poisson": {"rate": rate, "amplitude": rate / 2, "frequency": d.between(5.0, 80.0), **common},
        "dc": {"amplitude": drive},
        "step_current": {"amplitude_times": [0.0, middle], "amplitude_values": [drive, -drive / 4]},
        "noise": {"mean": drive / 2, "std": drive / 2, "dt": d.time(1, 12)},
    }[kind]
    if d.maybe(0.3):
        result["start"] = d.time(0, d.steps // 2)
    if d.maybe(0.3):
        result["stop"] = d.time(d.steps // 2 + 1, d.steps)
    return result


def connection(d, source, target, positions):
    pre, post = count(source, d.sizes), count(target, d.sizes)
    extra = {"autapses": d.maybe(0.7)} if source == target else {}
    most = max(1, min(40, pre - 1))
    rules = [
        {"rule": "fixed_indegree", "indegree": d.r.randint(1, most), "multapses": d.maybe(), **extra},
        {"rule": "fixed_outdegree", "outdegree": d.r.randint(1, max(1, min(40, post - 1))), **extra},
        {"rule": "fixed_total", "number": d.r.randint(1, 3000), **extra},
        {"rule": "bernoulli", "p": d.between(0.0, 0.4), **extra},
        {"rule": "all_to_all", **extra},
        {"rule": "list", "edges": [[d.r.randrange(pre), d.r.randrange(post)] for _ in range(d.r.randint(1, 200))]},
    ]
    if isinstance(source, dict) or isinstance(target, dict):
        rules.pop()
    if pre == post:
        rules.append({"rule": "one_to_one"})
    if positions:
        kernel = d.r.choice([{"gaussian": {"sigma": 0.2}}, {"gaussian": {"sigma": 0.3, "cutoff": 0.5}},
                             {"exponential": {"tau": 0.2}}, {"disc": {"radius": 0.4}}])
        rules += 3 * [{"rule": "spatial_bernoulli", "p": d.between(0.2, 1.0), "kernel": kernel, **extra}]
        if pre > 1 and "disc" not in kernel and "cutoff" not in str(kernel):  # all have sources within reach
            rules += 3 * [{"rule": "spatial_fixed_indegree", "indegree": d.r.randint(1, 40), "kernel": kernel, **extra}]
    return d.r.choice(rules)


def weights(d, typical, sign):
    kind = d.r.randrange(4)
    if kind == 0:
        return sign * typical
    if kind == 1:
        low, high = sorted([0.1 * sign * typical, 2.0 * sign * typical])
        return {"uniform": {"low": low, "high": high}}
    if kind == 2 and sign > 0:
        return {"lognormal": {"mean": -1.0, "std": 1.0, "max": 20.0 * typical}}
    low, high = sorted([0.0, 3.0 * sign * typical])
    return {"normal": {"mean": sign * typical, "std": 0.3 * typical, "min": low, "max": high}}


def delays(d):
    low = d.r.randint(1, 4)
    if d.maybe():
        return d.time(low, low + 40)
    span = {"low": round(low * d.dt, 9), "high": round(d.r.randint(low + 1, low + 60) * d.dt, 9)}
    if d.maybe():
        return {"uniform": span}
    return {"normal": {"mean": (span["low"] + span["high"]) / 2, "std": 1.0, "min": span["low"]}}


def plasticity(d, typical, sign, rewards):
    top = 20.0 * typical * sign
    fast = {"tau_plus": d.between(2.0, 20.0), "tau_minus": d.between(2.0, 20.0)}
    choices = [
        {"rule": "stdp", "params": {"lambda": 0.1, "w_max": top, "mu_plus": d.between(0.0, 1.0),
                                    "mu_minus": d.between(0.0, 1.0), **fast,
                                    "pairing": d.r.choice(["all_to_all", "nearest_symmetric", "nearest_pre_centered",
                                                           "nearest_restricted"]),
                                    "deliver": d.r.choice(["after", "before"])}},
        {"rule": "tsodyks", "params": {"U": d.between(0.1, 0.9), "tau_rec": d.between(1.0, 100.0),
                                       "tau_fac": d.between(0.0, 50.0)}},
        {"rule": "stdp_inhibitory", "params": {"eta": 0.05 * typical, "alpha": 0.2, "w_max": top}},
    ]
    if sign > 0:
        bounds = {"w_max": top}
        choices += [
            {"rule": "stdp_power_law", "params": {"lambda": 0.1, "alpha": 0.1, **fast}},
            {"rule": "stdp_triplet", "params": {"A_plus": 0.1, "A_minus": 0.1, "A_minus_triplet": 0.02, **bounds}},
            {"rule": "stdp_window"}, {"rule": "stdp_nearest"},
            {"rule": "noop", "params": {"weight_decay": 0.0005, **bounds}},
            {"rule": "stdp_pair_rates", "params": {"lr_pre": 0.05 * typical, "lr_post": 0.06 * typical,
                                                   "weight_decay": d.r.choice([0.0, 0.0003]), **bounds, **fast}},
        ]
        if rewards:
            shared = {"reward": d.r.choice(rewards)}
            choices += [
                {"rule": "mstdp", **shared, "params": {"lr": 0.1 * typical, **bounds, **fast}},
                {"rule": "mstdp_et", **shared, "params": {"lr": 0.05 * typical, "tau_e": 20.0, **bounds, **fast}},
                {"rule": "stdp_dopamine", **shared, "params": {"A_plus": 0.1 * typical, "A_minus": 0.12 * typical,
                                                               "tau_c": 100.0, "tau_n": 30.0, **bounds}},
            ]
    result = d.r.choice(choices)
    if d.maybe(0.3):
        result["start"] = d.time(0, d.steps // 2)
    if d.maybe(0.3):
        result["stop"] = d.time(d.steps // 2 + 1, d.steps)
    return result


def projection(d, populations, rewards):
    source_name = d.r.choice(list(populations))
    # parrots that repeat their own spikes would multiply them without end
    targets = [name for name, model in d.models.items() if model in NEURONS]
    if d.models[source_name] == "parrot_neuron":
        targets = [name for name in targets if d.models[name] != "parrot_neuron"]
    if not targets:
        return None
    target_name = d.r.choice(targets)
    source, target = d.subset(source_name), d.subset(target_name)
    positions = "positions" in populations[source_name] and "positions" in populations[target_name]
    model = d.models[target_name]
    typical = NEURONS[model][0]
    sign = -1 if model in INHIBITION and d.maybe(0.35) else 1
    result = {"source": source, "target": target, "connect": connection(d, source, target, positions),
              "weight": 1.0 if model == "parrot_neuron" else weights(d, typical, sign)}
    plastic = model != "parrot_neuron" and d.maybe(0.45)
    result["delay"] = d.srm0_delay if model == "srm0" else delays(d)
    if plastic:
        result["plasticity"] = plasticity(d, typical, sign, rewards)
        none = [] if result["plasticity"]["rule"] == "stdp_inhibitory" else [0]
        result["dendritic_delay"] = d.r.choice(["all", d.dt, *none])
    if d.maybe() or result.get("plasticity", {}).get("rule") == "stdp_dopamine":
        result["weight_precision"] = "float64"
    return result


def recording(d, populations, projections):
    record = {"start": d.time(0, d.steps // 3)}
    states = {"V_m": [name for name, model in d.models.items() if model in INHIBITION or model == "lif_euler"],
              "u": [name for name, model in d.models.items() if model == "srm0"]}
    record["state"] = [{"population": name, "variables": [variable], "interval": d.time(1, 30),
                        "precision": d.r.choice(["float32", "float64"])}
                       for variable, names in states.items() for name in names if d.maybe()]
    plastic = [name for name, item in projections.items() if "plasticity" in item]
    record["weights"] = [{"projection": name, "interval": d.time(20, 300)} for name in plastic if d.maybe(0.8)]
    if d.maybe(0.3):
        record["rates"] = {"interval": d.time(1, 100)}
    return record


def network(number):
    d = Draw(number)
    names = [d.r.choice(list(NEURONS)) for _ in range(d.r.randint(1, 4))]
    names += [d.r.choice(["spike_source", "correlated_poisson_source"]) for _ in range(d.r.randint(0, 2))]
    d.r.shuffle(names)
    populations = {f"p{i}": population(d, f"p{i}", model) for i, model in enumerate(names)}
    stimuli = {f"s{i}": stimulus(d, name) for i, (name, model) in enumerate(d.models.items()) if model in NEURONS}
    if d.maybe():
        stimuli["r0"] = {"model": "reward", "params": {"schedule": {
            "times": [0.0, d.time(1, d.steps - 1)], "values": [d.between(-1.0, 1.0), 0.5]}}}
    if d.maybe():
        # not shorter than any interval between exchanges
        stimuli["r1"] = {"model": "reward", "params": {"spikes": {
            "neurons": d.subset(d.r.choice(list(populations))), "delay": d.time(64, 120), "value": d.between(0.1, 1.0)}}}
    rewards = [name for name in stimuli if name.startswith("r")]
    projections = {f"c{i}": projection(d, populations, rewards) for i in range(d.r.randint(1, 7))}
    projections = {name: item for name, item in projections.items() if item is not None}
    signals = {name: stimuli.pop(name)["params"] for name in rewards} if number % 2 else {}  # half in the old place
    return {"simulation": {"dt": d.dt, "duration": round(d.steps * d.dt, 9), "seed": number},
            "populations": populations, "stimuli": stimuli, "signals": signals, "projections": projections,
            "record": recording(d, populations, projections)}, d
