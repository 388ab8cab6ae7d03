//! Reading what the writer wrote.

use super::Error;
use serde::de::value::U32Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer, SeqAccess, VariantAccess, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

/// Bytes that are left. Once they make no sense, every value is read as nothing and the whole is refused at the end:
/// with a way out at every value the page would be several kB larger.
pub struct Reader<'a> {
    left: &'a [u8],
    broken: bool,
}

impl<'a> Reader<'a> {
    /// All of it.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { left: bytes, broken: false }
    }

    /// Everything was read, and made sense.
    pub fn is_done(&self) -> bool {
        self.left.is_empty() && !self.broken
    }

    #[inline(never)]
    fn broken(&mut self) {
        (self.left, self.broken) = (&[], true);
    }

    #[inline(never)]
    fn take(&mut self, length: usize) -> &'a [u8] {
        match self.left.split_at_checked(length) {
            Some((taken, rest)) => {
                self.left = rest;
                taken
            }
            None => {
                self.broken();
                &[]
            }
        }
    }

    #[inline(never)]
    fn flag(&mut self) -> bool {
        self.take(1) == [1]
    }

    #[inline(never)]
    fn number(&mut self) -> u64 {
        let mut number = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = self.take(1).first().copied().unwrap_or_default();
            number |= u64::from(byte & 0x7f).unbounded_shl(shift);
            if byte < 0x80 {
                return number;
            }
        }
        self.broken();
        0
    }

    #[inline(never)]
    fn float(&mut self) -> f64 {
        f64::from_le_bytes(self.take(8).try_into().unwrap_or_default())
    }

    #[inline(never)]
    fn bytes(&mut self) -> Vec<u8> {
        let length = self.number() as usize;
        self.take(length).to_vec()
    }

    #[inline(never)]
    fn text(&mut self) -> String {
        let bytes = self.bytes();
        String::from_utf8(bytes).unwrap_or_else(|_| {
            self.broken();
            String::new()
        })
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error("a value that is never packed"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.flag())
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.number())
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.number())
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.number())
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.float())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.text())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_byte_buf(self.bytes())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.flag() {
            true => visitor.visit_some(self),
            false => visitor.visit_none(),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = self.number() as usize;
        visitor.visit_seq(List { reader: self, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Fields(self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let index = self.number() as u32;
        visitor.visit_enum(Choice { reader: self, index })
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 f32 char str bytes unit unit_struct newtype_struct tuple tuple_struct map identifier
        ignored_any
    }
}

struct List<'r, 'de> {
    reader: &'r mut Reader<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for List<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.left == 0 || self.reader.broken {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        // A length that bytes of another build claim is not believed.
        Some(self.left.min(self.reader.left.len()))
    }
}

/// The fields of a struct in order; one that was skipped is none.
struct Fields<'r, 'de>(&'r mut Reader<'de>);

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        match self.0.broken || self.0.flag() {
            true => seed.deserialize(&mut *self.0).map(Some),
            false => Ok(None),
        }
    }
}

/// A choice and what it holds.
struct Choice<'r, 'de> {
    reader: &'r mut Reader<'de>,
    index: u32,
}

impl<'de> EnumAccess<'de> for Choice<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let index: U32Deserializer<Error> = self.index.into_deserializer();
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error("a choice with several values"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Error> {
        Err(Error("a choice with fields"))
    }
}
