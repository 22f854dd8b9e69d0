//! `segue-service CONFIG`: serves a shop, and prints what is to be sent.

use segue::engine::EngineOutput;
use segue_service::config::Config;
use segue_service::server::{Receiver, serve};
use std::path::PathBuf;
use tokio::net::TcpListener;

/// Prints outputs: it stands for a mail platform.
struct Printer;

impl Receiver for Printer {
    async fn take(&mut self, output: &EngineOutput) -> Result<(), String> {
        let line = serde_json::to_string(output).map_err(|e| e.to_string())?;
        println!("{line}");
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let file = std::env::args_os().nth(1).map(PathBuf::from);
    let file = file.ok_or("which configuration? segue-service CONFIG")?;
    let config = Config::read(&file)?;
    let listener = TcpListener::bind(&config.listen).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    serve(listener, &config, Printer, stop).await
}
