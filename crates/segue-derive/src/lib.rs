#![doc = include_str!("../README.md")]

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
