use segue::{Event, Instant, Profile, Scalar};
use std::net::IpAddr;

#[derive(Profile)]
struct Customer {
    id: f64,
    remote: IpAddr,
    #[segue(keys("size"))]
    custom: Vec<String>,
    #[segue(get = "host")]
    host: IpAddr,
    #[segue(rename = "city", get = "name")]
    address: Vec<String>,
    #[segue(events)]
    events: Vec<Envelope>,
}

fn host(address: &IpAddr) -> IpAddr {
    *address
}

fn name(parts: &Vec<String>) -> String {
    parts.join(" ")
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
