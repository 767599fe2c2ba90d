//! odem-rs: agents as async functions; a server sleeps until a customer wakes it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;
use std::task::Waker;

use odem_rs::core::ops::waker;
use odem_rs::prelude::*;
use odem_rs::rand_distr::Exp;

use crate::{Model, Outcome};

#[derive(Default, Config)]
#[time(Time<f64>)]
struct Stations {
    rng_stream: RngStream,
}

struct Line {
    waiting: RefCell<VecDeque<Time<f64>>>,
    asleep: RefCell<Vec<Waker>>,
}

#[derive(Default)]
struct Sums {
    left: Cell<u64>,
    sojourn: Cell<f64>,
}

impl Line {
    fn new() -> Self {
        Line { waiting: RefCell::default(), asleep: RefCell::default() }
    }

    fn enter(&self, came: Time<f64>) {
        self.waiting.borrow_mut().push_back(came);
        let idle = self.asleep.borrow_mut().pop();
        if let Some(idle) = idle {
            idle.wake();
        }
    }
}

async fn serve(sim: &Sim<Stations>, lines: Rc<Vec<Line>>, station: usize, sums: Rc<Sums>) {
    let mut random = sim.global().rng_stream.next_rng();
    let service = Exp::new(1.0).expect("a rate above 0");
    loop {
        loop {
            let next = lines[station].waiting.borrow_mut().pop_front();
            let Some(came) = next else { break };
            sim.advance(second::new(random.sample(service))).await;
            if let Some(following) = lines.get(station + 1) {
                following.enter(came);
            } else {
                sums.left.set(sums.left.get() + 1);
                sums.sojourn.set(sums.sojourn.get() + (sim.now() - came).get::<second>());
            }
        }
        let own = waker().await;
        lines[station].asleep.borrow_mut().push(own);
        sleep().await;
    }
}

async fn arrive(sim: &Sim<Stations>, lines: Rc<Vec<Line>>, rate: f64) {
    let mut random = sim.global().rng_stream.next_rng();
    let between = Exp::new(rate).expect("a rate above 0");
    loop {
        sim.advance(second::new(random.sample(between))).await;
        lines[0].enter(sim.now());
    }
}

#[odem_rs::main(Stations { rng_stream })]
async fn stations(sim: &Sim<Stations>, rng_stream: RngStream, model: Model, duration: Time<f64>, sums: Rc<Sums>) {
    let lines: Rc<Vec<Line>> = Rc::new((0..model.stages).map(|_| Line::new()).collect());
    let server = |station: usize| Job::new(serve(sim, Rc::clone(&lines), station, Rc::clone(&sums)));
    // At most three stations of one server or one of three: pinned one by one, as agents must be.
    let station_of = |index: usize| if model.stages > 1 { index } else { 0 };
    let first = pin!(server(station_of(0)));
    sim.activate(first);
    let second_server = pin!(server(station_of(1)));
    let third_server = pin!(server(station_of(2)));
    if model.stages * model.servers > 1 {
        sim.activate(second_server);
        sim.activate(third_server);
    }
    let source = pin!(Job::new(arrive(sim, Rc::clone(&lines), model.rate)));
    sim.activate(source);
    sim.advance(duration).await;
    // Who still sleeps must not be referred to any more when its job ends.
    for line in lines.iter() {
        line.asleep.borrow_mut().clear();
    }
}

pub(crate) fn run(model: Model, customers: u64) -> Outcome {
    let sums = Rc::new(Sums::default());
    let stream = RngStream::iter().next().expect("there is a first stream");
    stations(stream, model, second::new(customers as f64 / model.rate), Rc::clone(&sums));
    Outcome { customers: sums.left.get(), mean_sojourn: sums.sojourn.get() / sums.left.get() as f64 }
}
