"""bench-files.py WORLD MEGABYTES ROUNDS: what a file costs over a connection that is open, as a ratio to
`ssh peer 'cat > f'` in the same run, and in processor seconds of our own, both ends together. Called by bench.sh as alice."""
import glob
import os
import shutil
import sys
import time

world, megabytes, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
source, told = f"{world}/alice/big", f"{world}/bob/cpu"

# In the receiver's place, what waits for it and writes down its processor seconds.
WAITER = f"""#!{sys.executable}
import os, sys
pid = os.fork()
if pid == 0:
    os.execv({{real!r}}, ["agent-register-hook"] + sys.argv[1:])
_, status, used = os.wait4(pid, 0)
with open({told!r} + ".new", "w") as file:
    file.write(str(used.ru_utime + used.ru_stime))
os.rename({told!r} + ".new", {told!r})
os._exit(os.waitstatus_to_exitcode(status) & 255)
"""


def run(argv, stdin=os.devnull):
    """Seconds from start to end of one process, and of the processor; it has to succeed."""
    begin = time.perf_counter()
    actions = [(os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(shutil.which(argv[0]), argv, os.environ, file_actions=actions)
    _, status, used = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{argv[0]} ended with {os.waitstatus_to_exitcode(status)}: {argv}")
    return time.perf_counter() - begin, used.ru_utime + used.ru_stime


def drop(seal):
    if os.path.exists(told):
        os.unlink(told)
    took, cpu = run(["notify-pane"] + seal + ["--file", source, "bob-desk-reader"])
    while not os.path.exists(told):
        time.sleep(0.01)
    with open(told) as file:
        cpu += float(file.read())
    shutil.rmtree(f"{world}/bob/.agent-inbox/alice")
    return took, cpu


hook = f"{world}/bob/bin/agent-register-hook"
real = os.path.realpath(hook)
os.unlink(hook)
with open(hook, "w") as file:
    # Behind a link, so that the program sees the name that it goes by.
    os.makedirs(f"{world}/bob/behind")
    os.symlink(real, f"{world}/bob/behind/agent-register-hook")
    file.write(WAITER.format(real=f"{world}/bob/behind/agent-register-hook"))
os.chmod(hook, 0o700)
with open(source, "wb") as file:
    for _ in range(megabytes):
        file.write(os.urandom(1_000_000))

run(["notify-pane", "bob-desk-reader", "a connection is open"])
config = glob.glob(f"{world}/alice/.agents/state/ssh/config-traffic-*")[0]
found = {"ssh cat": [], "plain": [], "sealed": []}
for _ in range(rounds):
    found["ssh cat"].append(run(["ssh", "-F", config, "--", "bob", "cat >~/f"], stdin=source))
    os.unlink(f"{world}/bob/f")
    found["plain"].append(drop([]))
    found["sealed"].append(drop(["--seal"]))
bare = min(took for took, _ in found["ssh cat"])
for name, times in found.items():
    best = min(took for took, _ in times)
    text = f"  {name:8} best {best:6.2f} s   {megabytes / best:6.0f} MB/s"
    if name != "ssh cat":
        cpu = min(cpu for _, cpu in times) * 1000 / megabytes
        text += f"   {bare / best:.2f} x ssh cat   {cpu:.2f} processor seconds a GB, both ends"
    print(text)
