//! `thalweg-flood ADDRESS CONNECTIONS IN_FLIGHT BATCH SPANS SEED`: sends so many spans to an OTLP/gRPC receiver and prints one line
//! of JSON once all of them are answered.
//!
//! Each connection is a service that sends its two spans of every trace, so that a trace arrives in as many parts as there are
//! connections. Every request is encoded anew: ids, times and values differ from span to span.
//!
//! `thalweg-flood ADDRESS trace SPANS SEED` sends one trace of so many spans instead, and `thalweg-flood ADDRESS steady RATE SECONDS SEED`
//! for so long traces of eight spans, so many spans a second. Both say in a span when it was sent: the trace starts then.

mod spans;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use h2::client::SendRequest;
use tokio::net::TcpStream;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// "Try again": `RESOURCE_EXHAUSTED` and `UNAVAILABLE`.
const AGAIN: [&str; 2] = ["8", "14"];

struct Plan {
    to: SocketAddr,
    connections: u64,
    in_flight: u64,
    /// Spans of a request.
    batch: u64,
    /// Spans of all requests, about.
    spans: u64,
    seed: u64,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [to, what @ ..] = &arguments[..] else { return Err("an address is needed".into()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let to = to.parse()?;
    match what {
        [what, spans, seed] if what == "trace" => {
            return runtime.block_on(one_trace(to, spans.parse()?, seed.parse()?));
        }
        [what, rate, seconds, seed] if what == "steady" => {
            return runtime.block_on(steady(to, rate.parse()?, seconds.parse()?, seed.parse()?));
        }
        _ => {}
    }
    let numbers = what.iter().map(|number| number.parse()).collect::<Result<Vec<u64>, _>>()?;
    let [connections, in_flight, batch, spans, seed] = numbers[..] else {
        return Err("five numbers are needed".into());
    };
    runtime.block_on(flood(Plan { to, connections, in_flight, batch, spans, seed }))
}

async fn connect(to: SocketAddr) -> Result<SendRequest<Bytes>, Failure> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let (client, driver) = h2::client::handshake(stream).await?;
    tokio::spawn(driver);
    Ok(client)
}

fn now() -> Result<u64, Failure> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?)
}

/// Sends a request until it is taken.
async fn insist(client: SendRequest<Bytes>, to: SocketAddr, body: Bytes) -> Result<(), Failure> {
    loop {
        match post(client.clone(), to, body.clone()).await?.as_str() {
            "0" => return Ok(()),
            status if AGAIN.contains(&status) => tokio::time::sleep(Duration::from_millis(100)).await,
            status => return Err(format!("the receiver answered with status {status}").into()),
        }
    }
}

/// Sends one trace, a batch after the other.
async fn one_trace(to: SocketAddr, spans: u64, seed: u64) -> Result<(), Failure> {
    const BATCH: u64 = 512;
    let (client, began) = (connect(to).await?, Instant::now());
    let trace = spans::Large { seed, spans, start: now()? };
    for batch in 0..spans.div_ceil(BATCH) {
        let mut out = BytesMut::new();
        trace.request(&mut out, batch, batch * BATCH, BATCH);
        insist(client.clone(), to, out.freeze()).await?;
    }
    println!("{{\"spans\": {spans}, \"seconds\": {:.3}}}", began.elapsed().as_secs_f64());
    Ok(())
}

/// Sends small traces at a steady rate, whether or not those before are answered.
async fn steady(to: SocketAddr, rate: u64, seconds: u64, seed: u64) -> Result<(), Failure> {
    const SPANS: u64 = 8;
    let (client, began) = (connect(to).await?, Instant::now());
    let traces = rate * seconds / SPANS;
    let mut pace = tokio::time::interval(Duration::from_secs_f64(SPANS as f64 / rate.max(1) as f64));
    let mut tasks = Vec::new();
    for number in 0..traces {
        pace.tick().await;
        let trace = spans::Large { seed: seed.wrapping_add(number), spans: SPANS, start: now()? };
        let mut out = BytesMut::new();
        trace.request(&mut out, number, 0, SPANS);
        tasks.push(tokio::spawn(insist(client.clone(), to, out.freeze())));
    }
    for task in tasks {
        task.await??;
    }
    println!("{{\"spans\": {}, \"seconds\": {:.3}}}", traces * SPANS, began.elapsed().as_secs_f64());
    Ok(())
}

async fn flood(plan: Plan) -> Result<(), Failure> {
    let plan: &'static Plan = Box::leak(Box::new(plan));
    let began = Instant::now();
    let mut tasks = Vec::new();
    for connection in 0..plan.connections {
        let client = connect(plan.to).await?;
        let next: &'static AtomicU64 = Box::leak(Box::default());
        for _ in 0..plan.in_flight {
            tasks.push(tokio::spawn(send(plan, connection, client.clone(), next)));
        }
    }
    let (mut times, mut sent, mut again) = (Vec::new(), 0, 0);
    for task in tasks {
        let done = task.await??;
        times.extend(done.times);
        sent += done.spans;
        again += done.again;
    }
    times.sort_unstable();
    let at =
        |share: usize| times.get(times.len() * share / 100).map_or(0.0, |time: &Duration| time.as_secs_f64() * 1e3);
    println!(
        "{{\"spans\": {sent}, \"seconds\": {:.3}, \"p50_ms\": {:.2}, \"p99_ms\": {:.2}, \"again\": {again}}}",
        began.elapsed().as_secs_f64(),
        at(50),
        at(99)
    );
    Ok(())
}

#[derive(Default)]
struct Done {
    times: Vec<Duration>,
    spans: u64,
    again: u64,
}

async fn send(plan: &Plan, service: u64, client: SendRequest<Bytes>, next: &AtomicU64) -> Result<Done, Failure> {
    let mut done = Done::default();
    // Two spans a trace: the connection's share of all.
    let batches = plan.spans / plan.connections / plan.batch;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= batches {
            return Ok(done);
        }
        let mut out = BytesMut::with_capacity(plan.batch as usize * 800);
        spans::request(&mut out, service, plan.seed, number * plan.batch, plan.batch);
        let body = out.freeze();
        loop {
            let began = Instant::now();
            match post(client.clone(), plan.to, body.clone()).await?.as_str() {
                "0" => {
                    done.times.push(began.elapsed());
                    done.spans += plan.batch;
                    break;
                }
                status if AGAIN.contains(&status) => done.again += 1,
                status => return Err(format!("the receiver answered with status {status}").into()),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Sends one request and gives its gRPC status.
async fn post(client: SendRequest<Bytes>, to: SocketAddr, body: Bytes) -> Result<String, Failure> {
    let mut client = client.ready().await?;
    let request = http::Request::post(format!("http://{to}{PATH}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())?;
    let (response, mut sending) = client.send_request(request, false)?;
    sending.send_data(body, true)?;
    let (head, mut body) = response.await?.into_parts();
    while let Some(data) = body.data().await {
        let length = data?.len();
        body.flow_control().release_capacity(length)?;
    }
    let trailers = body.trailers().await?.unwrap_or_default();
    let status = trailers.get("grpc-status").or_else(|| head.headers.get("grpc-status"));
    Ok(status.and_then(|status| status.to_str().ok()).unwrap_or("none").to_owned())
}
