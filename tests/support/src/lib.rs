//! What several tests and benches share, compiled once.
//!
//! | module | what it holds |
//! |---|---|
//! | [`reference`](mod@reference) | the reference evaluator: what an expression means, as short and as slow as it may be |
//! | [`random`] | random schemas, profiles, expressions and streams from a seed; running them on all cores; making failing ones smaller |
//! | [`corpus`] | the rows of `tests/corpus/*.txt`, thought out by hand |
//! | [`library`] | the library behind the same small interface as the reference |
//! | [`golden_file`] | comparing with a golden file, or updating it |
//! | [`shop`] | the shop of the documentation: its rulebook and its profiles |
//! | [`workload`] | thousands of rules over many attributes, for measuring |

pub mod corpus;
pub mod golden_file;
pub mod library;
pub mod random;
pub mod reference;
pub mod shop;
pub mod workload;

/// Reads a text file of the repository.
pub fn read_file(path: &str) -> String {
    let full = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&full).unwrap_or_else(|error| panic!("{full}: {error}"))
}
