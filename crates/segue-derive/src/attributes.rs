//! The options of `#[segue(…)]`, where each is allowed, and their errors.

use crate::casing::Casing;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, ExprPath, LitInt, LitStr, Path, Token};

/// All errors of an input.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(Error::new(span, message));
    }

    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn finish(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// The options at one site.
#[derive(Default)]
pub(crate) struct Options {
    /// The options without a value, in the order in which they stand.
    flags: Vec<(&'static str, Span)>,
    pub(crate) rename: Option<LitStr>,
    pub(crate) rename_all: Option<Casing>,
    /// How serde spells the fields of all variants.
    pub(crate) rename_all_fields: Option<Casing>,
    pub(crate) decimal: Option<(u8, Span)>,
    pub(crate) krate: Option<Path>,
    /// The function that reads the field.
    pub(crate) get: Option<ExprPath>,
    /// The keys of a map that are attributes.
    pub(crate) keys: Option<(Vec<LitStr>, Span)>,
    /// What people call the field, and what its values are counted in.
    pub(crate) words: Words,
    /// Attributes that a function computes of the whole.
    pub(crate) computed: Vec<Computed>,
}

/// `label = "age of the customer", unit = "years"`
#[derive(Default)]
pub(crate) struct Words {
    pub(crate) label: Option<LitStr>,
    pub(crate) unit: Option<LitStr>,
}

impl Words {
    /// Takes one of them.
    fn option(&mut self, name: &str, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let text: LitStr = value(meta, "words in quotes")?;
        let words = if name == "label" {
            &mut self.label
        } else {
            &mut self.unit
        };
        match words.replace(text) {
            Some(first) => Err(twice(name, first.span())),
            None => Ok(()),
        }
    }

    /// The calls that say them of a new field.
    pub(crate) fn calls(&self) -> proc_macro2::TokenStream {
        let label = self.label.iter().map(|label| quote::quote!(.label(#label)));
        let unit = self.unit.iter().map(|unit| quote::quote!(.unit(#unit)));
        label.chain(unit).collect()
    }
}

fn twice(name: &str, span: Span) -> Error {
    Error::new(span, format!("`{name}` stands twice; remove one"))
}

/// `computed(name = "total", get = "Order::total", decimal = 2)`
#[derive(Default)]
pub(crate) struct Computed {
    pub(crate) name: Option<LitStr>,
    pub(crate) get: Option<ExprPath>,
    pub(crate) decimal: Option<u8>,
    pub(crate) yearly: bool,
    pub(crate) version: bool,
    pub(crate) words: Words,
}

/// A site of `#[segue(…)]`, with the options that it allows.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) options: &'static [&'static str],
    /// Where to say it, if there are no options.
    pub(crate) instead: &'static str,
}

pub(crate) const PROFILE: Place = Place {
    name: "a profile",
    options: &["rename_all", "serde", "computed", "crate"],
    instead: "",
};
pub(crate) const NESTED: Place = Place {
    name: "a nested part",
    options: &["rename_all", "serde", "computed", "crate"],
    instead: "",
};
pub(crate) const EVENTS: Place = Place {
    name: "an enum of events",
    options: &["rename_all", "serde", "crate"],
    instead: "",
};
pub(crate) const EVENT: Place = Place {
    name: "an event",
    options: &["rename", "rename_all", "serde", "computed", "crate"],
    instead: "",
};
pub(crate) const ENUMERATION: Place = Place {
    name: "an enumeration",
    options: &["rename_all", "ordered", "serde", "crate"],
    instead: "",
};
pub(crate) const VALUE: Place = Place {
    name: "a value of an enumeration",
    options: &["rename"],
    instead: "",
};
pub(crate) const KIND: Place = Place {
    name: "a kind of events",
    options: &[
        "rename",
        "rename_all",
        "flatten",
        "sent",
        "journey_passed",
        "skip",
    ],
    instead: "",
};
pub(crate) const ATTRIBUTE: Place = Place {
    name: "a field of a profile",
    options: &[
        "id", "events", "tags", "rows", "skip", "rename", "nested", "flatten", "decimal", "yearly",
        "version", "get", "keys", "label", "unit",
    ],
    instead: "",
};
pub(crate) const PART: Place = Place {
    name: "a field of a nested part",
    options: &[
        "rows", "skip", "rename", "nested", "flatten", "decimal", "yearly", "version", "get",
        "keys", "label", "unit",
    ],
    instead: "",
};
pub(crate) const ROW: Place = Place {
    name: "a row",
    options: &["rename_all", "serde", "computed", "crate"],
    instead: "",
};
pub(crate) const CELL: Place = Place {
    name: "a field of a row",
    options: &[
        "subject", "skip", "rename", "nested", "flatten", "decimal", "yearly", "version", "get",
        "keys", "label", "unit",
    ],
    instead: "",
};
pub(crate) const PROPERTY: Place = Place {
    name: "a field of an event",
    options: &[
        "id", "at", "subject", "skip", "rename", "nested", "flatten", "decimal", "yearly",
        "version", "get", "keys", "label", "unit",
    ],
    instead: "",
};
pub(crate) const SHARED_PROPERTY: Place = Place {
    name: "a field of an event",
    options: &[
        "id", "at", "kind", "body", "subject", "skip", "rename", "nested", "flatten", "decimal",
        "yearly", "version", "get", "keys", "label", "unit",
    ],
    instead: "",
};
pub(crate) const INNER: Place = Place {
    name: "what stands in a variant or a scalar",
    options: &[],
    instead: "at the variant, or where the scalar is used",
};
pub(crate) const SCALAR: Place = Place {
    name: "a scalar",
    options: &["transparent", "crate"],
    instead: "",
};

/// These say that a field is no attribute or property, so nothing else can be said of it.
const ROLES: [&str; 7] = ["id", "events", "tags", "at", "kind", "body", "skip"];

impl Options {
    pub(crate) fn parse(attributes: &[Attribute], place: &Place, errors: &mut Errors) -> Self {
        Options::parse_with(attributes, place, false, errors)
    }

    /// The same, with the names that serde's attributes say, where `serde` or the attributes themselves ask for them.
    pub(crate) fn parse_with(
        attributes: &[Attribute],
        place: &Place,
        serde: bool,
        errors: &mut Errors,
    ) -> Self {
        let mut options = Options::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("segue")) {
            let parsed = attribute.parse_nested_meta(|meta| {
                if let Err(e) = options.option(&meta, place) {
                    errors.add(e);
                }
                // What stands behind the option, so that the next one is looked at too.
                pass_over(&meta)
            });
            if let Err(e) = parsed {
                errors.add(e);
            }
        }
        if serde || options.has("serde") {
            options.add(crate::serde::names(attributes, errors), place);
        }
        options.contradictions(errors);
        options
    }

    /// Takes what serde says where nothing else is said.
    fn add(&mut self, serde: crate::serde::Names, place: &Place) {
        let allows = |option: &str| place.options.contains(&option);
        let said_nothing = self.flags.is_empty()
            && self.rename.is_none()
            && self.decimal.is_none()
            && self.get.is_none()
            && self.keys.is_none();
        if allows("rename") && self.rename.is_none() && self.role().is_none() {
            self.rename = serde.rename;
        }
        if allows("rename_all") && self.rename_all.is_none() {
            self.rename_all = serde.rename_all;
        }
        self.rename_all_fields = serde.rename_all_fields;
        for (flag, span) in serde.flags {
            // A map of which some keys are named may be flattened; otherwise what is said to segue alone counts.
            let is_free = said_nothing || flag == "flatten" && self.keys.is_some();
            if allows(flag) && is_free && !self.has(flag) {
                self.flags.push((flag, span));
            }
        }
    }

    fn option(&mut self, meta: &ParseNestedMeta<'_>, place: &Place) -> syn::Result<()> {
        let span = meta.path.span();
        let name = meta
            .path
            .get_ident()
            .map(|i| i.unraw().to_string())
            .unwrap_or_default();
        let written = name;
        let Some(name) = place
            .options
            .iter()
            .copied()
            .find(|option| *option == written)
        else {
            if place.options.is_empty() {
                return Err(Error::new(
                    span,
                    format!(
                        "nothing can be said here of {}; say it {}",
                        place.name, place.instead
                    ),
                ));
            }
            let all = place.options.join("`, `");
            return Err(Error::new(
                span,
                format!(
                    "`{written}` is no option of {}; its options are `{all}`",
                    place.name
                ),
            ));
        };
        let twice = || twice(name, span);
        match name {
            "rename" => {
                let text: LitStr = value(meta, "a name in quotes")?;
                valid_name(&text.value()).map_err(|m| Error::new(text.span(), m))?;
                if self.rename.replace(text).is_some() {
                    return Err(twice());
                }
            }
            "rename_all" => {
                let text: LitStr = value(meta, "a spelling in quotes, such as `\"camelCase\"`")?;
                let casing =
                    Casing::parse(&text.value()).map_err(|m| Error::new(text.span(), m))?;
                if self.rename_all.replace(casing).is_some() {
                    return Err(twice());
                }
            }
            "label" | "unit" => self.words.option(name, meta)?,
            "decimal" => {
                let scale = scale(meta)?;
                if self.decimal.replace((scale, span)).is_some() {
                    return Err(twice());
                }
            }
            "crate" => {
                let text: LitStr = value(meta, "the path of segue in quotes")?;
                let path = text.parse_with(Path::parse_mod_style);
                let path = path.map_err(|_| {
                    Error::new(text.span(), "this is not a path; write it as `\"::segue\"`")
                })?;
                if self.krate.replace(path).is_some() {
                    return Err(twice());
                }
            }
            "get" => {
                let path = function(meta, "a function in quotes, such as `\"Money::cents\"`")?;
                if self.get.replace(path).is_some() {
                    return Err(twice());
                }
            }
            "keys" => {
                let content;
                syn::parenthesized!(content in meta.input);
                let keys = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
                if keys.is_empty() {
                    return Err(Error::new(
                        span,
                        "`keys` needs the keys, in quotes: `keys(\"size\", \"colour\")`",
                    ));
                }
                for key in &keys {
                    valid_name(&key.value()).map_err(|m| Error::new(key.span(), m))?;
                }
                let keys = (keys.into_iter().collect(), span);
                if self.keys.replace(keys).is_some() {
                    return Err(twice());
                }
            }
            "computed" => {
                let mut computed = Computed::default();
                let mut error = None;
                meta.parse_nested_meta(|meta| {
                    error = error.take().or(computed.option(&meta).err());
                    pass_over(&meta)
                })?;
                if let Some(error) = error {
                    return Err(error);
                }
                if computed.name.is_none() || computed.get.is_none() {
                    return Err(Error::new(
                        span,
                        "`computed` needs a name and a function: `computed(name = \"total\", get = \"Order::total\")`",
                    ));
                }
                self.computed.push(computed);
            }
            flag => {
                if !meta.input.is_empty() && !meta.input.peek(Token![,]) {
                    return Err(Error::new(
                        meta.input.span(),
                        format!("`{flag}` takes no value; write it alone"),
                    ));
                }
                if self.has(flag) {
                    return Err(twice());
                }
                self.flags.push((flag, span));
            }
        }
        Ok(())
    }

    /// Where an option without a value stands.
    pub(crate) fn flag(&self, name: &str) -> Option<Span> {
        self.flags
            .iter()
            .find(|(flag, _)| *flag == name)
            .map(|(_, span)| *span)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.flag(name).is_some()
    }

    /// The option that makes a field something else than an attribute or a property.
    pub(crate) fn role(&self) -> Option<&'static str> {
        self.flags
            .iter()
            .map(|(flag, _)| *flag)
            .find(|flag| ROLES.contains(flag))
    }

    fn contradictions(&self, errors: &mut Errors) {
        let mut all = self.flags.clone();
        all.extend(self.rename.iter().map(|r| ("rename", r.span())));
        all.extend(self.decimal.iter().map(|(_, span)| ("decimal", *span)));
        all.extend(self.get.iter().map(|path| ("get", path.span())));
        all.extend(self.keys.iter().map(|(_, span)| ("keys", *span)));
        all.extend(self.words.label.iter().map(|l| ("label", l.span())));
        all.extend(self.words.unit.iter().map(|u| ("unit", u.span())));
        let mut refuse = |first: &str, others: &[&str], why: &str| {
            for (other, span) in all
                .iter()
                .filter(|(o, _)| *o != first && others.contains(o))
            {
                errors.push(
                    *span,
                    format!("`{other}` cannot stand beside `{first}`; {why}"),
                );
            }
        };
        if let Some(role) = self.role() {
            let others = [
                "id", "events", "tags", "rows", "at", "kind", "body", "skip", "subject", "rename",
                "nested", "flatten", "decimal", "yearly", "version", "get", "keys", "label",
                "unit",
            ];
            refuse(
                role,
                &others,
                if role == "skip" {
                    "rules cannot see this field"
                } else {
                    "this field has no name in rules"
                },
            );
            return;
        }
        if self.has("rows") {
            let others = [
                "nested", "flatten", "decimal", "yearly", "version", "get", "keys", "label", "unit",
            ];
            refuse("rows", &others, "say it of one of the fields of the row");
            return;
        }
        if self.keys.is_some() {
            let others = ["nested", "subject", "get", "yearly", "label", "unit"];
            refuse("keys", &others, "each key is a field of its own");
        }
        if self.has("flatten") {
            refuse(
                "flatten",
                &["nested", "rename"],
                "its fields stand under no name; to give them one, say `nested`",
            );
        }
        let is_part = self.has("nested") || self.has("flatten") && self.keys.is_none();
        if is_part {
            let nested = if self.has("nested") {
                "nested"
            } else {
                "flatten"
            };
            refuse(
                nested,
                &[
                    "subject", "decimal", "yearly", "version", "get", "label", "unit",
                ],
                "say it of one of the fields within",
            );
        } else if let Some((first, _)) = all
            .iter()
            .find(|(o, _)| ["decimal", "yearly", "version"].contains(o))
        {
            refuse(
                first,
                &["decimal", "yearly", "version"],
                "a field has one type",
            );
        }
    }

    /// How the names of variants are spelled: by serde as they are, unless it is told otherwise.
    pub(crate) fn casing_of_variants(&self) -> Casing {
        let unsaid = if self.has("serde") {
            Casing::Pascal
        } else {
            Casing::Snake
        };
        self.rename_all.unwrap_or(unsaid)
    }

    /// The path of segue.
    pub(crate) fn krate(&self) -> proc_macro2::TokenStream {
        match &self.krate {
            Some(path) => quote::quote!(#path),
            None => quote::quote!(::segue),
        }
    }
}

impl Computed {
    fn option(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let ident = meta.path.get_ident().map(ToString::to_string);
        match ident.as_deref().unwrap_or_default() {
            "name" => {
                let text: LitStr = value(meta, "a name in quotes")?;
                valid_name(&text.value()).map_err(|m| Error::new(text.span(), m))?;
                self.name = Some(text);
            }
            "get" => {
                self.get = Some(function(
                    meta,
                    "a function in quotes, such as `\"Order::total\"`",
                )?)
            }
            "decimal" => self.decimal = Some(scale(meta)?),
            "yearly" | "version" if meta.input.peek(Token![=]) => {
                return Err(Error::new(
                    meta.path.span(),
                    "this takes no value; write it alone",
                ));
            }
            "yearly" => self.yearly = true,
            "version" => self.version = true,
            name @ ("label" | "unit") => self.words.option(name, meta)?,
            written => {
                return Err(Error::new(
                    meta.path.span(),
                    format!(
                        "`{written}` is no option of a computed value; its options are `name`, `get`, `decimal`, `yearly`, `version`, `label`, `unit`"
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// Passes over what stands behind an option.
pub(crate) fn pass_over(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// The digits after the point of a decimal.
fn scale(meta: &ParseNestedMeta<'_>) -> syn::Result<u8> {
    let digits: LitInt = value(
        meta,
        "how many digits stand behind the point, such as `decimal = 2` for cents",
    )?;
    let scale = digits.base10_parse::<u8>().ok().filter(|s| *s <= 9);
    scale.ok_or_else(|| {
        Error::new(
            digits.span(),
            "a decimal has between 0 and 9 digits behind the point",
        )
    })
}

/// The path of a function, in quotes.
fn function(meta: &ParseNestedMeta<'_>, what: &str) -> syn::Result<ExprPath> {
    let text: LitStr = value(meta, what)?;
    text.parse().map_err(|_| {
        Error::new(
            text.span(),
            "this is not the path of a function; write it as `\"Money::cents\"`",
        )
    })
}

fn value<T: syn::parse::Parse>(meta: &ParseNestedMeta<'_>, what: &str) -> syn::Result<T> {
    let name = meta
        .path
        .get_ident()
        .map(|i| i.unraw().to_string())
        .unwrap_or_default();
    let error = |span| Error::new(span, format!("`{name}` needs a value: {what}"));
    if !meta.input.peek(Token![=]) {
        return Err(error(meta.path.span()));
    }
    let input = meta.value()?;
    let span = input.span();
    input.parse().map_err(|_| error(span))
}

/// What the schema would refuse.
pub(crate) fn valid_name(name: &str) -> Result<(), &'static str> {
    if name.trim().is_empty() {
        return Err("a name cannot be empty");
    }
    if name.contains('`') || name.chars().any(char::is_control) {
        return Err("a name cannot contain a backtick or a control character");
    }
    Ok(())
}

/// Names of one scope, each once.
#[derive(Default)]
pub(crate) struct Names(Vec<String>);

impl Names {
    pub(crate) fn add(&mut self, name: &str, span: Span, what: &str, errors: &mut Errors) {
        if self.0.iter().any(|n| n == name) {
            errors.push(
                span,
                format!("{what} `{name}` stands twice; give one another name with `rename`"),
            );
        } else {
            self.0.push(name.to_owned());
        }
    }
}
