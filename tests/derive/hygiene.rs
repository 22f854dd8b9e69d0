#![no_implicit_prelude]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications)]
#![forbid(unsafe_code)]
#![allow(clippy::panic, reason = "a test fails by panicking")]
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
    #[segue(keys("size"))]
    custom: ::std::collections::BTreeMap<::std::string::String, Number>,
    #[segue(get = "name_of")]
    host: ::std::option::Option<::std::net::IpAddr>,
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

/// A number.
#[derive(::segue::Scalar)]
#[segue(crate = "crate::renamed", transparent)]
pub struct Number(u64);

fn name_of(host: &::std::net::IpAddr) -> bool {
    host.is_ipv4()
}

/// An envelope.
#[derive(::segue::Event)]
#[segue(computed(name = "length", get = "Envelope::length"))]
pub struct Envelope<B> {
    at: ::segue::Instant,
    #[segue(id)]
    id: Number,
    #[segue(body)]
    body: B,
}

impl<B> Envelope<B> {
    fn length(&self) -> ::std::option::Option<u8> {
        ::std::option::Option::None
    }
}

/// What may stand in it.
#[derive(::segue::EventBody)]
pub enum Body<F> {
    /// Nothing is said of it.
    Opened,
    /// A part.
    Sent(Sent),
    /// Kinds of its own.
    #[segue(flatten)]
    Further(F),
    /// No event.
    #[segue(skip)]
    Pinged,
}

/// Kinds of their own.
#[derive(::segue::EventBody)]
pub enum More {
    /// One.
    Clicked,
}

/// The part.
#[derive(::segue::EventBody)]
#[segue(crate = "renamed")]
pub struct Sent {
    text: ::std::string::String,
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
    let ::std::result::Result::Ok(model) = model else {
        ::std::panic!("the description is wrong")
    };
    let mut names = ::std::vec::Vec::new();
    for attribute in model.schema().attributes() {
        names.push(&*attribute.name);
    }
    ::std::assert_eq!(
        names,
        [
            "age",
            "consent.email",
            "consent.times",
            "type",
            "custom.size",
            "host"
        ]
    );
    ::std::assert_eq!(model.schema().kinds()[0].properties[0].name, "in");
    let model = ::segue::profile::Model::<Customer<Envelope<Body<More>>, 0>>::new();
    let ::std::result::Result::Ok(model) = model else {
        ::std::panic!("the description is wrong")
    };
    let mut kinds = ::std::vec::Vec::new();
    for kind in model.schema().kinds() {
        kinds.push(&*kind.name);
    }
    ::std::assert_eq!(kinds, ["opened", "sent", "clicked"]);
}
