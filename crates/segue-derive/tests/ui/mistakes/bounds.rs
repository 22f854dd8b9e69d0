use segue::{Event, Instant, Profile, Scalar};
use std::net::IpAddr;

#[derive(Profile)]
struct Customer {
    id: f64,
    address: IpAddr,
    #[segue(keys("size"))]
    custom: Vec<String>,
    #[segue(get = "host")]
    host: IpAddr,
    #[segue(events)]
    events: Vec<Envelope>,
}

fn host(address: &IpAddr) -> IpAddr {
    *address
}

#[derive(Scalar)]
struct Address(IpAddr);

#[derive(Event)]
struct Envelope {
    at: Instant,
    #[segue(body)]
    body: Message,
}

enum Message {
    Sent,
}

fn main() {}
