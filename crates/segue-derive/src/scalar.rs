//! `#[derive(Scalar)]`.

use crate::attributes::{Errors, INNER, Options, SCALAR};
use crate::fields::Impl;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Member, Type};

/// Names of types that may be ids, of whole numbers, of texts and of dates: the last part of their paths.
const NUMBERS: &[&str] = &["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];
const NON_ZERO: &[&str] = &[
    "NonZeroU8",
    "NonZeroU16",
    "NonZeroU32",
    "NonZeroU64",
    "NonZeroI8",
    "NonZeroI16",
    "NonZeroI32",
    "NonZeroI64",
];

/// A struct of one field, which is read as that field is.
pub(crate) fn scalar(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let options = Options::parse(&input.attrs, &SCALAR, &mut errors);
    let field = match &input.data {
        Data::Struct(data) if data.fields.len() == 1 => data.fields.iter().next(),
        _ => None,
    };
    let Some(field) = field else {
        errors.push(
            input.ident.span(),
            "a scalar is a struct of one field; a struct of several derives `Nested`, an enum without data `Enumeration`",
        );
        errors.finish()?;
        return Ok(TokenStream::new());
    };
    let mut implementation = Impl::new(
        input,
        &quote!(__segue::Send + __segue::Sync + 'static),
        "a scalar",
        &mut errors,
    );
    Options::parse(&field.attrs, &INNER, &mut errors);
    errors.finish()?;

    let ty = &field.ty;
    let member = field
        .ident
        .clone()
        .map_or(Member::Unnamed(0.into()), Member::Named);
    implementation.require(ty, &quote!(__segue::Scalar));
    let inner = quote_spanned!(ty.span()=> <#ty as __segue::Scalar>);
    let scalar = quote! {
        fn ty() -> __segue::Type {
            #inner::ty()
        }

        #[inline]
        fn read(&self) -> __segue::Reading<'_> {
            #inner::read(&self.#member)
        }
    };
    let mut items = vec![(quote!(__segue::Scalar), scalar)];
    if is_id(ty) {
        let id = quote! {
            #[inline]
            fn identifier(&self) -> __segue::Identifier<'_> {
                <#ty as __segue::IdValue>::identifier(&self.#member)
            }
        };
        items.push((quote!(__segue::IdValue), id));
    }
    let marks = [
        (
            is_one_of(ty, NUMBERS) || is_one_of(ty, &["usize", "Decimal"]),
            quote!(__segue::DecimalField),
        ),
        (
            is_one_of(ty, &["Date", "NaiveDate"]),
            quote!(__segue::YearlyField),
        ),
        (is_text(ty), quote!(__segue::VersionField)),
    ];
    let marks = marks.into_iter().filter(|(is_so, _)| *is_so);
    items.extend(marks.map(|(_, mark)| (mark, TokenStream::new())));
    Ok(implementation.emit(input, &options.krate(), &items))
}

fn is_id(ty: &Type) -> bool {
    is_text(ty) || is_one_of(ty, NUMBERS) || is_one_of(ty, NON_ZERO) || is_one_of(ty, &["Uuid"])
}

/// A `String`, or another owner of a `str`.
fn is_text(ty: &Type) -> bool {
    let is_str = |text: String| text.ends_with("< str >") || text.ends_with("< 'static , str >");
    is_one_of(ty, &["String"])
        || is_one_of(ty, &["Box", "Arc", "Cow"]) && is_str(quote!(#ty).to_string())
}

fn is_one_of(ty: &Type, names: &[&str]) -> bool {
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last();
            last.is_some_and(|last| names.iter().any(|name| last.ident == name))
        }
        _ => false,
    }
}
