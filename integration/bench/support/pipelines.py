"""Chains of steps that do nothing, all with `network: none`."""
from support.daemon import IMAGE

STEPS = 20


def chain(cache, command="true", steps=STEPS):
    """`cache`: a policy of varve.yaml."""
    lines = ["version: 1", f"image: {IMAGE}", "steps:"]
    for number in range(1, steps + 1):
        lines += [f"  - key: step{number}", f"    run: {command}", f"    cache: {cache}", "    network: none"]
        if number > 1:
            lines.append(f"    from: step{number - 1}")
    return "\n".join(lines) + "\n"


def project(path, text):
    """A small project with the pipeline beside it; the pipeline's file."""
    path.joinpath("main.c").write_text("int main(void) { return 0; }\n")
    file = path.parent / f"{path.name}.yaml"
    file.write_text(text)
    return str(file)
