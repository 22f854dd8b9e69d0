//! The service as its clients see it, over a socket and a database file.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use segue::engine::EngineOutput;
use segue_service::config::Config;
use segue_service::server::{Receiver, serve};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// Hands outputs to the test, and fails at every third attempt.
struct Shaky {
    attempts: u32,
    to: mpsc::UnboundedSender<String>,
}

impl Receiver for Shaky {
    async fn take(&mut self, output: &EngineOutput) -> Result<(), String> {
        self.attempts += 1;
        if self.attempts.is_multiple_of(3) {
            return Err("no answer".to_owned());
        }
        let kind = serde_json::to_value(&output.kind).unwrap();
        let name = kind["segment"]
            .as_str()
            .or(kind["do"].as_str())
            .or(kind["to"].as_str());
        let line = format!("{} {}", kind["what"].as_str().unwrap(), name.unwrap_or("?"));
        self.to.send(line).map_err(|e| e.to_string())
    }
}

fn config(folder: &Path) -> Config {
    let text = include_str!("../config.toml");
    std::fs::write(folder.join("config.toml"), text).unwrap();
    std::fs::write(folder.join("rules.toml"), include_str!("../rules.toml")).unwrap();
    Config::read(&folder.join("config.toml")).unwrap()
}

/// Serves while `client` does something, which gets the connection and what was sent.
async fn served(
    config: &Config,
    client: impl AsyncFnOnce(TcpStream, mpsc::UnboundedReceiver<String>),
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (to, sent) = mpsc::unbounded_channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let receiver = Shaky { attempts: 0, to };
    let stopped = async { drop(stopped.await) };
    let client = async {
        client(TcpStream::connect(address).await.unwrap(), sent).await;
        drop(stop);
    };
    let (done, ()) = tokio::join!(serve(listener, config, receiver, stopped), client);
    done.unwrap();
}

#[allow(clippy::disallowed_methods, reason = "the service goes by the clock")]
fn present() -> String {
    chrono::Utc::now().to_rfc3339()
}

async fn asked(connection: &mut BufReader<TcpStream>, line: &str) -> String {
    connection.write_all(line.as_bytes()).await.unwrap();
    connection.write_all(b"\n").await.unwrap();
    let mut answer = String::new();
    connection.read_line(&mut answer).await.unwrap();
    answer.trim().to_owned()
}

#[tokio::test]
async fn a_line_is_answered_when_it_is_saved_and_rules_may_change() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let order = include_str!("../orders.ndjson").lines().next().unwrap();
    // The service goes by the clock, so the order is of today.
    let order = order.replace("NOW", &present());
    let order = order.as_str();
    served(&config, async |connection, mut sent| {
        let mut connection = BufReader::new(connection);
        assert_eq!(asked(&mut connection, order).await, r#"{"receipt":"late"}"#);
        assert!(
            asked(&mut connection, "{}")
                .await
                .starts_with(r#"{"error":"#)
        );
        for expected in [
            "moved active",
            "entered big_spender",
            "entered buyer",
            "effect add",
        ] {
            assert_eq!(sent.recv().await.unwrap(), expected);
        }
        // An edit is noticed within some seconds.
        let rules =
            include_str!("../rules.toml").replace("buyer = \"ordered", "client = \"ordered");
        std::fs::write(&config.rules, rules).unwrap();
        for expected in ["left buyer", "entered client"] {
            let told = tokio::time::timeout(Duration::from_secs(20), sent.recv()).await;
            assert_eq!(told.unwrap().unwrap(), expected);
        }
    })
    .await;

    // After a restart the same line is known, also where it says something else.
    served(&config, async |connection, mut sent| {
        let mut connection = BufReader::new(connection);
        assert_eq!(
            asked(&mut connection, order).await,
            r#"{"receipt":"duplicate"}"#
        );
        let later = order.replace("\"offset\":1", "\"offset\":2");
        assert_eq!(
            asked(&mut connection, &later).await,
            r#"{"receipt":"duplicate"}"#
        );
        assert!(sent.try_recv().is_err());
    })
    .await;
}
