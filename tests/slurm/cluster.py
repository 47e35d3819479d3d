# SPDX-License-Identifier: BSD-3-Clause
"""A Slurm cluster of virtual nodes on this machine, in a temporary folder, for as long as a with-block lasts.

Where the system allows it (root, veth devices), each node is a network namespace with a host name and an address of its
own, behind a bridge in the namespace of the controller, so that MPI takes the nodes for separate machines. Elsewhere all
nodes are this host, with a port for each."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

NODES = ("n0", "n1")
CPUS = 2
DAEMONS = ("munged", "slurmctld", "slurmd")
COMMANDS = ("sbatch", "scancel", "scontrol", "squeue", "srun", "sinfo")

# cred_expire: a job that is requeued waits for as long as its old credential is valid. linuxproc: no cgroups, which
# a container may not have.
CONFIG = """\
ClusterName=virtual
SlurmctldHost={host}({address})
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
TmpFS={folder}/tmp.%n
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin={task}
MpiDefault=pmix
ReturnToService=2
KillWait=5
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
{nodes}
PartitionName=all Nodes={names} Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
"""


def find(program):
    """Path of a program; those of daemons are not in everybody's PATH."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def missing():
    return [program for program in DAEMONS + COMMANDS if not find(program)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} took longer than {seconds} s")
        time.sleep(0.1)


class Namespaces:
    """A hub and one namespace of network and host name for each node, each held by a sleeping process."""
    NETWORK = "10.213.77."  # seen by nobody else: the hub is not a part of this host's network

    def __init__(self):
        self.holders = {}

    def start(self):
        for name in ("hub", *NODES):
            self.holders[name] = subprocess.Popen(["unshare", "--net", "--uts", "sleep", "infinity"],
                                                  stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("unshare", lambda: all(os.path.exists(f"/proc/{holder.pid}") and holder.poll() is None and
                                        self.own(holder.pid) for holder in self.holders.values()), 5)
        self.run("hub", "ip link add bridge type bridge; ip link set bridge up; "
                 f"ip address add {self.address('hub')}/24 dev bridge")
        for name in NODES:
            self.run("hub", f"ip link add {name} type veth peer name eth0 netns {self.holders[name].pid}; "
                     f"ip link set {name} master bridge up")
            self.run(name, f"ip address add {self.address(name)}/24 dev eth0; ip link set eth0 up")
        for name in self.holders:
            self.run(name, f"hostname {name}; ip link set lo up")

    @staticmethod
    def own(pid):
        return os.readlink(f"/proc/{pid}/ns/uts") != os.readlink("/proc/self/ns/uts")

    def address(self, name):
        return self.NETWORK + str(1 + ("hub", *NODES).index(name))

    def inside(self, name):
        return ["nsenter", f"--target={self.holders[name].pid}", "--net", "--uts"]

    def run(self, name, script):
        subprocess.run([*self.inside(name), "sh", "-e", "-c", script], check=True, timeout=10,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        for holder in self.holders.values():
            holder.kill()
            holder.wait()
        self.holders = {}


class OneHost:
    """All nodes are this host."""
    def start(self):
        pass

    def address(self, _):
        return "127.0.0.1"

    def inside(self, _):
        return []

    def stop(self):
        pass


def separate_hosts():
    """Namespaces when this system lets them be made, else None."""
    if any(find(program) is None for program in ("unshare", "nsenter", "ip", "hostname")):
        return None
    namespaces = Namespaces()
    try:
        namespaces.start()
        return namespaces
    except (TimeoutError, OSError, subprocess.SubprocessError):
        namespaces.stop()
        return None


class Cluster:
    """`with Cluster(folder) as cluster:` starts all daemons; all are gone when the block ends, however it does."""
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.daemons = []
        self.hosts = separate_hosts() or OneHost()
        self.separate = isinstance(self.hosts, Namespaces)
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("SLURM_", "SBATCH_", "SRUN_"))}
        # ctest keeps Open MPI to shared memory. Both nodes have the same cores, on which ranks that wait must yield.
        self.environment.pop("OMPI_MCA_btl", None)
        self.environment["OMPI_MCA_mpi_yield_when_idle"] = "1"
        self.environment["SLURM_CONF"] = str(self.folder / "slurm.conf")

    def write_config(self):
        host = "hub" if self.separate else socket.gethostname().split(".")[0]
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 * 9 // 10
        nodes = "\n".join(f"NodeName={name} NodeHostname={name if self.separate else host} "
                          f"NodeAddr={self.hosts.address(name)} Port={free_port()} CPUs={CPUS} RealMemory={memory}"
                          for name in NODES)
        (self.folder / "slurm.conf").write_text(
            CONFIG.format(host=host, address=self.hosts.address("hub"), port=free_port(), user=self.user,
                          task="task/affinity" if len(os.sched_getaffinity(0)) >= CPUS else "task/none",
                          folder=self.folder, nodes=nodes, names=",".join(NODES)))
        for name in ("state", *(f"{kind}.{name}" for kind in ("spool", "tmp") for name in NODES)):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)

    def start(self, host, program, *arguments):
        """A daemon in the foreground."""
        with open(self.folder / f"{program}.{len(self.daemons)}.out", "wb") as out:
            self.daemons.append(subprocess.Popen([*self.hosts.inside(host), find(program), *arguments],
                                                 stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                                 env=self.environment))

    def __enter__(self):
        try:
            self.write_config()
            # --force: root and folders that others may write to are what munged warns of.
            self.start("hub", "munged", "--foreground", "--force", f"--socket={self.folder}/munge.socket",
                       f"--key-file={self.folder}/munge.key", f"--pid-file={self.folder}/munged.pid",
                       f"--log-file={self.folder}/munged.log", f"--seed-file={self.folder}/munged.seed")
            wait_for("munged", (self.folder / "munge.socket").exists, 20)
            self.start("hub", "slurmctld", "-D")
            for name in NODES:
                self.start(name, "slurmd", "-D", "-N", name)
            wait_for("the nodes", lambda: self.command("sinfo", "--noheader", "--format=%T %D", check=False).split() ==
                     ["idle", str(len(NODES))], 60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.daemons:
            self.command("scancel", "--user", self.user, check=False)
            self.try_wait("the end of all jobs", lambda: not self.command("squeue", "--noheader", check=False), 20)
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
        for daemon in reversed(self.daemons):
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self.try_wait("the end of all processes of jobs", lambda: not self.processes(), 5)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self.hosts.stop()

    @staticmethod
    def try_wait(what, condition, seconds):
        try:
            wait_for(what, condition, seconds)
        except TimeoutError as error:
            print(error)

    def processes(self):
        """Those with this cluster's SLURM_CONF in their environment: daemons, steps and jobs."""
        mark = f"SLURM_CONF={self.folder}/slurm.conf".encode()
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                pass  # ended, or another user's
        return found

    def command(self, *words, check=True, **more):
        done = subprocess.run([*self.hosts.inside("hub"), *(str(word) for word in words)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                              env=self.environment, **more)
        if check and done.returncode:
            raise AssertionError(f"{words} gave {done.returncode}: {done.stdout}\n{self.logs()}")
        return done.stdout.strip()

    def state(self, job):
        """State and exit code of a job, as ("COMPLETED", 0)."""
        fields = dict(word.split("=", 1) for word in
                      self.command("scontrol", "--oneliner", "show", "job", job).split() if "=" in word)
        return fields["JobState"], int(fields["ExitCode"].split(":")[0])

    def logs(self):
        """The last lines of all logs of daemons, for the message of a failure."""
        texts = []
        for path in sorted([*self.folder.glob("*.log"), *self.folder.glob("*.out")]):
            lines = path.read_text(errors="replace").splitlines()[-15:]
            texts.append("\n".join([f"--- {path.name}", *lines]))
        return "\n".join(texts)
