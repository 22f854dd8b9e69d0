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
//! # Options of `#[segue(…)]`
//!
//! | on | option | meaning |
//! |---|---|---|
//! | any type | `crate = "path"` | where to find segue, if not at `::segue` |
//! | | `serde` | the names are those that serde's attributes give: `rename`, `rename_all`, `rename_all_fields`, `skip`, `flatten` |
//! | struct | `rename_all = "camelCase"` | the case of field names (default: unchanged) |
//! | struct but a scalar | `computed(name = "…", get = "f")` | a value that `f(&self)` computes; also with `decimal`, `yearly`, `version`, `label`, `unit` |
//! | enum of events | `rename_all = "…"` | the case of kind names (default: `snake_case`) |
//! | variant of events | `rename = "…"`, `rename_all = "…"` | the name of the kind; the case of its properties |
//! | | `skip` | it is no event: rules know nothing of it |
//! | | `sent` | it is a message that the engine sent, which `any event` does not mean |
//! | | `flatten` | on a variant `Shop(ShopEvent)`: the kinds of `ShopEvent` as they are (default: one kind with the fields of a struct) |
//! | struct that is one kind | `rename = "…"` | the name of the kind (default: that of the struct in `snake_case`) |
//! | enumeration | `rename_all = "…"`, `ordered` | the case of the names (default: `snake_case`); allows `<` and `>` |
//! | variant of an enumeration | `rename = "…"` | its name |
//! | field of a profile | `id` | the identifier (default: a field named `id`) |
//! | | `events` | its events: a `Timeline`, a `Vec` or a boxed slice |
//! | | `tags` | its tags: a `Vec` or a set of strings |
//! | | `rows` | a relation: a `Vec` or a boxed slice of a type that derives `Row`, or an option of one |
//! | field of a row | `subject` | what `accounts("Acme")` compares |
//! | field of an event | `at` | when it happened (default: a field named `at`) |
//! | | `id` | the identifier of the event, or an option of one |
//! | | `kind` | on a struct: the kind, an enum that derives `Enumeration`; all kinds share the other fields |
//! | | `body` | on a struct: what happened, a type that derives `EventBody`; all its kinds share the other fields |
//! | | `subject` | what `viewed("tv")` compares |
//! | any field | `skip` | rules cannot see it |
//! | | `rename = "…"` | its name in rules, in any script |
//! | | `nested` | its fields get its name and a dot as prefix; its type derives `Nested` |
//! | | `flatten` | as `nested`, without the prefix |
//! | | `decimal = 2` | the integer counts hundredths |
//! | | `yearly` | the date recurs every year |
//! | | `version` | the string is a version such as `2.10.1` |
//! | | `label = "…"`, `unit = "…"` | what people call it, and what its values are counted in: for explanations |
//! | | `get = "f"` | its value is `f(&field)`, or of an `Option` that of what is inside |
//! | | `keys("a", "b")` | on a map: the values of these keys are fields; with `flatten` without its name as prefix |
//! | scalar | `transparent` | nothing more: a struct of one field is always read as that field |
//!
//! The spellings of `rename_all` are those of serde: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`,
//! `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE`.
//!
//! Unsuitable field types are compile errors at the field: money as a floating-point number,
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
//! or a type that is not a value of the language and is not marked `nested`.
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
mod scalar;
mod serde;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `Profile` for a struct: its fields are the attributes. The [crate](self) lists the options of `#[segue(…)]`.
#[proc_macro_derive(Profile, attributes(segue))]
pub fn derive_profile(input: TokenStream) -> TokenStream {
    finish(profile::profile(&parse_macro_input!(input as DeriveInput)))
}

/// Implements `Nested` for a struct. The [crate](self) lists the options of `#[segue(…)]`.
#[proc_macro_derive(Nested, attributes(segue))]
pub fn derive_nested(input: TokenStream) -> TokenStream {
    finish(profile::nested(&parse_macro_input!(input as DeriveInput)))
}

/// Implements `Row` for a struct. The [crate](self) lists the options of `#[segue(…)]`.
#[proc_macro_derive(Row, attributes(segue))]
pub fn derive_row(input: TokenStream) -> TokenStream {
    finish(profile::row(&parse_macro_input!(input as DeriveInput)))
}

/// Implements `Event` for an enum, of which each variant is a kind, or for a struct. The [crate](self) lists the options of `#[segue(…)]`.
#[proc_macro_derive(Event, attributes(segue))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(event::event(&input, event::Dated::Yes))
}

/// Implements `EventBody` for an enum, of which each variant is a kind, or for a struct: an event of which a struct around it says
/// when it happened. The [crate](self) lists the options of `#[segue(…)]`.
#[proc_macro_derive(EventBody, attributes(segue))]
pub fn derive_event_body(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(event::event(&input, event::Dated::No))
}

/// Implements `Scalar` for a struct of one field, which rules read as that field. The [crate](self) lists the options of
/// `#[segue(…)]`.
#[proc_macro_derive(Scalar, attributes(segue))]
pub fn derive_scalar(input: TokenStream) -> TokenStream {
    finish(scalar::scalar(&parse_macro_input!(input as DeriveInput)))
}

/// Implements `Enumeration` for an enum without data. The [crate](self) lists the options of `#[segue(…)]`.
#[proc_macro_derive(Enumeration, attributes(segue))]
pub fn derive_enumeration(input: TokenStream) -> TokenStream {
    finish(enumeration::enumeration(&parse_macro_input!(
        input as DeriveInput
    )))
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(|e| e.to_compile_error()).into()
}
