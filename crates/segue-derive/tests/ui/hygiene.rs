#![no_implicit_prelude]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications)]
#![forbid(unsafe_code)]
//! Derived code in a place where nothing is imported, everything is shadowed, and every warning is an error.

/// Another name for the crate.
pub mod renamed {
    pub use ::segue::profile;
}

#[allow(dead_code)]
struct Option;
#[allow(dead_code)]
struct Some;
#[allow(dead_code)]
struct String;
#[allow(dead_code)]
trait Profile {}
#[allow(dead_code)]
mod segue {}

/// A customer.
#[derive(::segue::Profile)]
pub struct Customer<E, const N: usize> {
    id: ::std::string::String,
    #[deprecated = "rules still read it"]
    age: ::std::option::Option<u8>,
    #[segue(nested)]
    consent: ::std::option::Option<Consent<u16>>,
    r#type: Gender,
    #[segue(events)]
    events: ::std::vec::Vec<E>,
    #[segue(skip)]
    _size: [u8; N],
}

/// A part of it.
#[derive(::segue::Nested)]
#[segue(crate = "crate::renamed")]
pub struct Consent<N> {
    email: bool,
    times: N,
}

/// A closed set.
#[derive(::segue::Enumeration)]
#[segue(crate = "renamed", ordered)]
pub enum Gender {
    /// One.
    Female,
    /// Another.
    Male,
}

/// What happens.
#[derive(::segue::Event)]
pub enum Activity {
    /// Only one kind.
    Viewed {
        /// When.
        at: ::segue::Instant,
        /// What.
        #[segue(subject)]
        r#in: &'static str,
    },
}

fn main() {
    let model = ::segue::profile::Model::<Customer<Activity, 3>>::new();
    let ::std::result::Result::Ok(model) = model else { ::std::panic!("the description is wrong") };
    let mut names = ::std::vec::Vec::new();
    for attribute in model.schema().attributes() {
        names.push(&*attribute.name);
    }
    ::std::assert_eq!(names, ["age", "consent.email", "consent.times", "type"]);
    ::std::assert_eq!(model.schema().kinds()[0].properties[0].name, "in");
}
