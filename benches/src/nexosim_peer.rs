//! NeXosim: models with ports; a station schedules its own departures. On one thread, since with two a small coupled
//! model only gets slower.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use nexosim::model::{Context, schedulable};
use nexosim::ports::Output;
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use rand::SeedableRng as _;
use rand_distr::{Distribution as _, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::{Model, Outcome};

/// What left the last station: how many, and their times in nanoseconds.
static LEFT: Mutex<(u64, u64)> = Mutex::new((0, 0));

/// A service time of 1 is a second here.
fn duration(units: f64) -> Duration {
    Duration::from_nanos((units * 1e9) as u64 + 1)
}

fn nanos(cx_time: MonotonicTime) -> u64 {
    cx_time.duration_since(MonotonicTime::EPOCH).as_nanos() as u64
}

#[derive(Serialize, Deserialize)]
struct Source {
    out: Output<u64>,
    rate: f64,
    left: u64,
    #[serde(skip, default = "generator")]
    random: Xoshiro256PlusPlus,
}

fn generator() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(1)
}

#[nexosim::model::Model]
impl Source {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        self.plan(cx);
    }

    fn plan(&mut self, cx: &Context<Self>) {
        if self.left > 0 {
            self.left -= 1;
            let gap: f64 = Exp1.sample(&mut self.random);
            cx.schedule_event(duration(gap / self.rate), schedulable!(Self::produce), ()).expect("it lies ahead");
        }
    }

    #[nexosim(schedulable)]
    async fn produce(&mut self, _: (), cx: &Context<Self>) {
        self.out.send(nanos(cx.time())).await;
        self.plan(cx);
    }
}

#[derive(Serialize, Deserialize)]
struct Station {
    out: Output<u64>,
    last: bool,
    free: usize,
    waiting: VecDeque<u64>,
    #[serde(skip, default = "generator")]
    random: Xoshiro256PlusPlus,
}

#[nexosim::model::Model]
impl Station {
    async fn enter(&mut self, came: u64, cx: &Context<Self>) {
        if self.free > 0 {
            self.free -= 1;
            self.serve(came, cx);
        } else {
            self.waiting.push_back(came);
        }
    }

    fn serve(&mut self, came: u64, cx: &Context<Self>) {
        let work: f64 = Exp1.sample(&mut self.random);
        cx.schedule_event(duration(work), schedulable!(Self::done), came).expect("it lies ahead");
    }

    #[nexosim(schedulable)]
    async fn done(&mut self, came: u64, cx: &Context<Self>) {
        if let Some(next) = self.waiting.pop_front() {
            self.serve(next, cx);
        } else {
            self.free += 1;
        }
        if self.last {
            let mut left = LEFT.lock().expect("nobody panics with it");
            left.0 += 1;
            left.1 += nanos(cx.time()) - came;
        } else {
            self.out.send(came).await;
        }
    }
}

pub(crate) fn run(model: Model, customers: u64) -> Outcome {
    let boxes: Vec<Mailbox<Station>> = (0..model.stages).map(|_| Mailbox::new()).collect();
    let source_box = Mailbox::new();
    let mut source = Source { out: Output::default(), rate: model.rate, left: customers, random: generator() };
    source.out.connect(Station::enter, &boxes[0]);
    let mut stations = Vec::new();
    for stage in 0..model.stages {
        let last = stage + 1 == model.stages;
        let random = Xoshiro256PlusPlus::seed_from_u64(2 + stage as u64);
        let mut station =
            Station { out: Output::default(), last, free: model.servers, waiting: VecDeque::new(), random };
        if !last {
            station.out.connect(Station::enter, &boxes[stage + 1]);
        }
        stations.push(station);
    }
    let mut bench = SimInit::with_num_threads(1).add_model(source, source_box, "source");
    for (stage, (station, mailbox)) in stations.into_iter().zip(boxes).enumerate() {
        bench = bench.add_model(station, mailbox, &format!("station{stage}"));
    }
    let mut simulation = bench.init(MonotonicTime::EPOCH).expect("the bench is wired");
    simulation.run().expect("the run ends");
    let (left, sum) = *LEFT.lock().expect("nobody panics with it");
    Outcome { customers: left, mean_sojourn: sum as f64 / 1e9 / left as f64 }
}
