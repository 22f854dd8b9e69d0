//! Derive macros of [segue](https://docs.rs/segue), which re-exports them.
//!
//! ```
//! use segue::{Date, Enumeration, Event, Instant, Nested, Profile, profile::Model};
//!
//! #[derive(Profile)]
//! struct Customer {
//!     #[segue(id)]
//!     number: u64,
//!     age: Option<u8>,
//!     gender: Gender,
//!     #[segue(yearly)]
//!     birthday: Option<Date>,
//!     /// In cents.
//!     #[segue(decimal = 2)]
//!     credit: i64,
//!     #[segue(nested)]
//!     consent: Consent,
//!     #[segue(tags)]
//!     tags: Vec<String>,
//!     #[segue(events)]
//!     events: Vec<Activity>,
//!     #[segue(skip)]
//!     avatar: std::path::PathBuf,
//! }
//!
//! #[derive(Enumeration)]
//! enum Gender { Female, Male, #[segue(rename = "其他")] Other }
//!
//! #[derive(Nested)]
//! struct Consent { email: bool, sms: Option<bool> }
//!
//! #[derive(Event)]
//! enum Activity {
//!     Viewed { at: Instant, #[segue(subject)] category: String },
//!     Purchased { at: Instant, #[segue(id)] order: String, #[segue(subject)] category: String, #[segue(decimal = 2)] amount: i64 },
//! }
//!
//! let model = Model::<Customer>::new()?;
//! let names: Vec<_> = model.schema().attributes().iter().map(|a| format!("{}: {}", a.name, a.ty)).collect();
//! assert_eq!(names, [
//!     "age: int", "gender: enum (female, male, 其他)", "birthday: date", "credit: decimal(2)",
//!     "consent.email: bool", "consent.sms: bool",
//! ]);
//! assert_eq!(model.schema().kinds().iter().map(|k| &*k.name).collect::<Vec<_>>(), ["viewed", "purchased"]);
//! # Ok::<(), segue::schema::SchemaError>(())
//! ```
//!
//! # What `#[segue(…)]` may say
//!
//! | on | option | meaning |
//! |---|---|---|
//! | any type | `crate = "path"` | where to find segue, if not at `::segue` |
//! | struct | `rename_all = "camelCase"` | how to spell the names of its fields; without it they stay as they are |
//! | enum of events | `rename_all = "…"` | how to spell the kinds; without it `snake_case` |
//! | variant of events | `rename = "…"`, `rename_all = "…"` | the name of the kind; how to spell its properties |
//! | struct that is one kind | `rename = "…"` | the name of the kind; without it the struct's in `snake_case` |
//! | enumeration | `rename_all = "…"`, `ordered` | how to spell the names, `snake_case` without it; whether `<` and `>` compare them |
//! | variant of an enumeration | `rename = "…"` | its name |
//! | field of a profile | `id` | identifies it; a field named `id` does without |
//! | | `events` | its events: a `Timeline`, a `Vec` or a boxed slice |
//! | | `tags` | the tags that were given to it: a `Vec<String>` |
//! | | `rows` | a relation: a `Vec` or a boxed slice of a type that derives `Row`, or an option of one |
//! | field of a row | `subject` | what `accounts("Acme")` compares |
//! | field of an event | `at` | when it happened; a field named `at` does without |
//! | | `id` | identifies the event: a string, or an option of one |
//! | | `kind` | on a struct: which kind it is, an enum that derives `Enumeration`; all kinds share the struct's other fields |
//! | | `subject` | what `viewed("tv")` compares |
//! | any field | `skip` | rules cannot see it |
//! | | `rename = "…"` | its name in rules, in any script |
//! | | `nested` | its own fields are read under its name and a dot; its type derives `Nested` |
//! | | `flatten` | the same, without its name |
//! | | `decimal = 2` | the integer counts hundredths |
//! | | `yearly` | the date comes back every year |
//! | | `version` | the string is a version such as `2.10.1` |
//!
//! The spellings of `rename_all` are those of serde: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`,
//! `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE`. The attributes of serde itself are not read.
//!
//! What a field's type cannot be is refused where it stands: money as a floating-point number,
//!
//! ```compile_fail,E0277
//! # #[derive(segue::Profile)]
//! # struct Customer {
//! #     id: u64,
//! #[segue(decimal = 2)]
//! credit: f64,
//! # }
//! ```
//!
//! or a type that is no value of the language and is not said to be `nested`.
//!
//! ```compile_fail,E0277
//! # #[derive(segue::Profile)]
//! # struct Customer {
//! #     id: u64,
//! address: std::net::IpAddr,
//! # }
//! ```

mod attributes;
mod casing;
mod enumeration;
mod event;
mod fields;
mod profile;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a profile: its fields are the attributes. See the [crate](self) for what `#[segue(…)]` may say.
#[proc_macro_derive(Profile, attributes(segue))]
pub fn derive_profile(input: TokenStream) -> TokenStream {
    finish(profile::profile(&parse_macro_input!(input as DeriveInput)))
}

/// Makes a struct a part of a profile or event. See the [crate](self) for what `#[segue(…)]` may say.
#[proc_macro_derive(Nested, attributes(segue))]
pub fn derive_nested(input: TokenStream) -> TokenStream {
    finish(profile::nested(&parse_macro_input!(input as DeriveInput)))
}

/// Makes a struct a row of a relation. See the [crate](self) for what `#[segue(…)]` may say.
#[proc_macro_derive(Row, attributes(segue))]
pub fn derive_row(input: TokenStream) -> TokenStream {
    finish(profile::row(&parse_macro_input!(input as DeriveInput)))
}

/// Makes an enum (each variant a kind) or a struct an event. See the [crate](self) for what `#[segue(…)]` may say.
#[proc_macro_derive(Event, attributes(segue))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    finish(event::event(&parse_macro_input!(input as DeriveInput)))
}

/// Makes an enum without data a type that fields may have. See the [crate](self) for what `#[segue(…)]` may say.
#[proc_macro_derive(Enumeration, attributes(segue))]
pub fn derive_enumeration(input: TokenStream) -> TokenStream {
    finish(enumeration::enumeration(&parse_macro_input!(
        input as DeriveInput
    )))
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(|e| e.to_compile_error()).into()
}
