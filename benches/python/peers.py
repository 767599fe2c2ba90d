"""One measurement of a Python engine: `peers.py ENGINE MODEL CUSTOMERS` prints a line of JSON, like the Rust ones."""

import json
import random
import sys
import time

# Rate, servers at each station, stations in series; the mean service time is 1.
MODELS = {"mm1": (0.8, 1, 1), "mm3": (2.4, 3, 1), "tandem3": (0.8, 1, 3)}


def simpy_run(rate, servers, stages, customers):
    import simpy

    environment = simpy.Environment()
    stations = [simpy.Resource(environment, servers) for _ in range(stages)]
    draw = random.Random(1).expovariate
    done = [0, 0.0]

    def customer():
        came = environment.now
        for station in stations:
            with station.request() as request:
                yield request
                yield environment.timeout(draw(1.0))
        done[0] += 1
        done[1] += environment.now - came

    def source():
        for _ in range(customers):
            yield environment.timeout(draw(rate))
            environment.process(customer())

    environment.process(source())
    environment.run()
    return done[0], done[1] / done[0]


def ciw_run(rate, servers, stages, customers):
    import ciw

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate)] + [None] * (stages - 1),
        service_distributions=[ciw.dists.Exponential(1.0)] * stages,
        number_of_servers=[servers] * stages,
        routing=[[1.0 if j == i + 1 else 0.0 for j in range(stages)] for i in range(stages)],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers)
    records = simulation.get_all_records()
    times = {}
    for record in records:
        first, last = times.get(record.id_number, (record.arrival_date, record.exit_date))
        times[record.id_number] = (min(first, record.arrival_date), max(last, record.exit_date))
    sojourns = [last - first for first, last in times.values()]
    return customers, sum(sojourns) / len(sojourns)


def main():
    engine, model, customers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    run = {"simpy": simpy_run, "ciw": ciw_run}[engine]
    run(*MODELS[model], 10)  # Loads the library outside the measured time.
    began = time.process_time()
    done, mean = run(*MODELS[model], customers)
    print(json.dumps({"cpu_s": time.process_time() - began, "done": done, "check": mean}))


main()
