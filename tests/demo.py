"""The main job, end to end: a C program gets a token, plans and acts through libkei_agent, on the platform in a box."""

import json
import subprocess
import tempfile

import tools


def answer(output, operation):
    """The answer that the example printed for an operation."""
    line = next(line for line in output.splitlines() if line.startswith(f"{operation}: "))
    return json.loads(line.split(": ", 1)[1])


def example(program, *arguments, **options):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise tools.Failure(f"{program.name} failed with status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def show_calls(output, logs):
    obtained = next(line for line in logs if line["message"] == "a token was obtained")
    print(f"\nToken obtained: generation {obtained['generation']}, valid for {obtained['expires_in_ms'] // 1000} s")
    plan = answer(output, "plan")
    print(f"Plan {plan['result']['plan_id']} for \"{plan['result']['objective']}\":")
    for step in plan["result"]["steps"]:
        print(f"  {step['id']}: {step['action']} {json.dumps(step['parameters'])}  ({step['description']})")
    print(f"  after {plan['meta']['attempts']} attempts: the platform was told to answer 503 twice")
    act = answer(output, "act")
    print(f"Act: {act['result']['action']} {act['result']['status']}: {json.dumps(act['result']['result'])}")
    print(f"Observe: {answer(output, 'observe')['observation_id']}")
    print(f"Explain: {answer(output, 'explain')['explanation']}")
    if plan["meta"]["attempts"] != 3 or act["result"]["result"].get("value") != 42:
        raise tools.Failure("the answers are not what they should be")


def work():
    tools.need("cc")
    tools.build_library_plainly()
    agent = tools.compile_c("examples/c/agent.c", standard="c99")
    in_flight = tools.compile_c("examples/c/in_flight.c", standard="c99")
    program = tools.build_command_line()
    with tempfile.TemporaryDirectory() as folder, tools.Platform(program, folder) as platform:
        tools.say(platform.line)
        environment = tools.environment(platform.variables, KEI_LOG_LEVEL="info")
        platform.ask("POST", "/_dev/faults", {"path": "/api/v1/rpc/plan", "status": 503, "times": 2})
        tools.say("running examples/c/agent.c")
        done = example(agent, env=environment)
        logs = [json.loads(line) for line in done.stderr.splitlines()]
        show_calls(done.stdout, logs)

        print("\nThe log, as the library wrote it to standard error:")
        print(done.stderr)
        secret = platform.variables["KEI_OIDC_CLIENT_SECRET"]
        if tools.leaks(secret, done.stdout + done.stderr) or "eyJ" in done.stdout + done.stderr:
            raise tools.Failure("a secret or a token is in the output")
        print("Searched for the client's secret (raw and encoded) and for tokens: not in the log, not in the answers.\n")

        platform.ask("DELETE", "/_dev/stats")
        tools.say("running examples/c/in_flight.c: 1000 requests, 64 at a time, one thread")
        print(example(in_flight, "1000", env=environment).stdout, end="")
        stats = platform.ask("GET", "/_dev/stats")
        print(f"The platform counted {stats['requests_by_path']['/api/v1/rpc/echo']} requests, "
              f"{stats['token_requests']} token request, {stats['connections']} connections.")
    print("\ndemo: passed")
    return 0


tools.main(work)
