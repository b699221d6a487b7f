"""What the numbers were taken on."""
import os
import platform
import subprocess


def description(folder):
    file_system = subprocess.run(
        ["df", "--output=fstype", folder], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    with open("/proc/meminfo") as memory:
        gigabytes = int(memory.readline().split()[1]) / 1e6
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {gigabytes:.0f} GB of memory, {file_system}, Linux {platform.release().split('-')[0]}, "
        f"load {load:.1f} at the start; {version('crun')}; {version('git')}"
    )


def version(program):
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True)
    except FileNotFoundError:
        return f"{program}: not installed"
    return said.stdout.splitlines()[0].strip() if said.stdout else f"{program}: not running"
