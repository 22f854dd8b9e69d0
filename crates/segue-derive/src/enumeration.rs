//! `#[derive(Enumeration)]`.

use crate::attributes::{ENUMERATION, Errors, Names, Options, VALUE};
use crate::fields::Impl;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields};

pub(crate) fn enumeration(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let options = Options::parse(&input.attrs, &ENUMERATION, &mut errors);
    if !input.generics.params.is_empty() {
        errors.push(
            input.generics.span(),
            "an enumeration is a closed set of names; it has no parameters",
        );
    }
    let Data::Enum(data) = &input.data else {
        errors.push(
            input.ident.span(),
            "an enumeration is an enum whose variants have no fields",
        );
        errors.finish()?;
        return Ok(TokenStream::new());
    };
    if data.variants.is_empty() {
        errors.push(
            input.ident.span(),
            "an enumeration needs at least one variant",
        );
    }
    let mut names = Names::default();
    let (mut values, mut arms) = (Vec::new(), Vec::new());
    for (index, variant) in data.variants.iter().enumerate() {
        let ident = &variant.ident;
        let said = Options::parse_with(&variant.attrs, &VALUE, options.has("serde"), &mut errors);
        if !matches!(variant.fields, Fields::Unit) {
            errors.push(ident.span(), "a value of an enumeration has no fields; remove them, or keep the enum out with `#[segue(skip)]` where it is used");
        }
        let plain = ident.unraw().to_string();
        let name = said.rename.as_ref().map_or_else(
            || options.casing_of_variants().variant(&plain),
            syn::LitStr::value,
        );
        names.add(
            &name,
            said.rename.as_ref().map_or(ident.span(), syn::LitStr::span),
            "value",
            &mut errors,
        );
        arms.push(quote!(Self::#ident => #index));
        values.push(name);
    }
    let implementation = Impl::new(input, &quote!('static), "an enumeration", &mut errors);
    errors.finish()?;

    let ordered = options.has("ordered");
    let enumeration = quote! {
        const NAMES: &'static [&'static str] = &[#(#values),*];
        const ORDERED: bool = #ordered;

        #[inline]
        fn index(&self) -> usize {
            match self { #(#arms,)* }
        }
    };
    let scalar = quote! {
        fn ty() -> __segue::Type {
            __segue::enumeration::<Self>()
        }

        #[inline]
        fn read(&self) -> __segue::Reading<'_> {
            __segue::position(self)
        }
    };
    let ident = &input.ident;
    let reading = quote! {
        #[automatically_derived]
        impl __segue::From<#ident> for __segue::Reading<'_> {
            #[inline]
            fn from(__value: #ident) -> Self {
                __segue::position(&__value)
            }
        }
    };
    let readable = quote! {
        fn ty() -> __segue::Type {
            __segue::enumeration::<Self>()
        }
    };
    let items = [
        (quote!(__segue::Enumeration), enumeration),
        (quote!(__segue::Scalar), scalar),
        (quote!(__segue::Readable<'_>), readable),
    ];
    Ok(implementation.emit_with(input, &options.krate(), &items, &reading))
}
