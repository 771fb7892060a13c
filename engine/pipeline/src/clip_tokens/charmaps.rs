//! The one-byte encodings that mangled text usually went through.
//!
//! The Windows encodings are the lenient ones: a byte without a character stands for the control character of the
//! same number, and U+FFFD, which older programs wrote for such bytes, is encoded as byte 0x1A.

use std::sync::LazyLock;

/// Byte that stands for U+FFFD in the lenient encodings.
const SUBSTITUTE: u8 = 0x1A;

/// A one-byte encoding that agrees with ASCII below 0x80.
pub struct Charmap {
    /// Characters of the bytes 0x80..=0xFF.
    upper: Vec<char>,
    /// The same characters in order, each with its byte.
    sorted: Vec<(char, u8)>,
    /// Whether byte 0x1A stands for U+FFFD.
    pub is_lenient: bool,
    /// Whether a space may have been a no-break space. Not so in MacRoman, where byte 0xD0 is a dash, which often
    /// stands before an ordinary space.
    pub restores_no_break_space: bool,
}

impl Charmap {
    fn new(upper: impl Iterator<Item = char>, is_lenient: bool) -> Self {
        let upper: Vec<char> = upper.collect();
        let mut sorted: Vec<(char, u8)> = upper.iter().copied().zip(0x80..=0xFF).collect();
        sorted.sort_unstable();
        Self { upper, sorted, is_lenient, restores_no_break_space: true }
    }

    /// The character of a byte.
    pub fn char_of(&self, byte: u8) -> char {
        match byte {
            SUBSTITUTE if self.is_lenient => char::REPLACEMENT_CHARACTER,
            0x80.. => self.upper[usize::from(byte) - 0x80],
            _ => char::from(byte),
        }
    }

    /// The bytes of `text`, nothing when it has a character that this encoding lacks.
    pub fn encode(&self, text: &str) -> Option<Vec<u8>> {
        text.chars().map(|c| self.byte_of(c)).collect()
    }

    fn byte_of(&self, c: char) -> Option<u8> {
        if self.is_lenient && c == char::REPLACEMENT_CHARACTER {
            return Some(SUBSTITUTE);
        }
        if c.is_ascii() {
            // The lenient encodings gave this byte away.
            return u8::try_from(c).ok().filter(|&byte| !(self.is_lenient && byte == SUBSTITUTE));
        }
        let index = self.sorted.binary_search_by_key(&c, |&(known, _)| known).ok()?;
        Some(self.sorted[index].1)
    }
}

/// Every encoding, in the order in which mangled text is tried.
pub static TRIED: LazyLock<[Charmap; 10]> = LazyLock::new(|| {
    [
        Charmap::new('\u{80}'..='\u{ff}', false),
        Charmap::new(WINDOWS_1252.chars(), true),
        Charmap::new(WINDOWS_1251.chars(), true),
        Charmap::new(WINDOWS_1250.chars(), true),
        Charmap::new(WINDOWS_1253.chars(), true),
        Charmap::new(WINDOWS_1254.chars(), true),
        Charmap::new(WINDOWS_1257.chars(), true),
        Charmap::new(ISO_8859_2.chars(), false),
        Charmap { restores_no_break_space: false, ..Charmap::new(MAC_ROMAN.chars(), false) },
        Charmap::new(CODE_PAGE_437.chars(), false),
    ]
});

/// Windows-1252, which browsers also use for the control characters of Latin-1.
pub fn windows_1252() -> &'static Charmap {
    &TRIED[1]
}

/// Latin-1 and the encodings that place their letters as it does; their characters hint at UTF-8 that was read as
/// one of them.
pub fn latin_like() -> &'static [Charmap] {
    &TRIED[..7]
}

const WINDOWS_1252: &str = concat!(
    "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ",
    "\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿",
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß",
    "àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
);
const WINDOWS_1251: &str = concat!(
    "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u{98}™љ›њќћџ",
    "\u{a0}ЎўЈ¤Ґ¦§Ё©Є«¬\u{ad}®Ї°±Ііґµ¶·ё№є»јЅѕї",
    "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
);
const WINDOWS_1250: &str = concat!(
    "€\u{81}‚\u{83}„…†‡\u{88}‰Š‹ŚŤŽŹ\u{90}‘’“”•–—\u{98}™š›śťžź",
    "\u{a0}ˇ˘Ł¤Ą¦§¨©Ş«¬\u{ad}®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż",
    "ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß",
    "ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙",
);
const WINDOWS_1253: &str = concat!(
    "€\u{81}‚ƒ„…†‡\u{88}‰\u{8a}‹\u{8c}\u{8d}\u{8e}\u{8f}",
    "\u{90}‘’“”•–—\u{98}™\u{9a}›\u{9c}\u{9d}\u{9e}\u{9f}",
    "\u{a0}΅Ά£¤¥¦§¨©ª«¬\u{ad}®―°±²³΄µ¶·ΈΉΊ»Ό½ΎΏ",
    "ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡÒΣΤΥΦΧΨΩΪΫάέήί",
    "ΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώÿ",
);
const WINDOWS_1254: &str = concat!(
    "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}\u{8e}\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}\u{9e}Ÿ",
    "\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿",
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞß",
    "àáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ",
);
const WINDOWS_1257: &str = concat!(
    "€\u{81}‚\u{83}„…†‡\u{88}‰\u{8a}‹\u{8c}¨ˇ¸\u{90}‘’“”•–—\u{98}™\u{9a}›\u{9c}¯˛\u{9f}",
    "\u{a0}¡¢£¤¥¦§Ø©Ŗ«¬\u{ad}®Æ°±²³´µ¶·ø¹ŗ»¼½¾æ",
    "ĄĮĀĆÄÅĘĒČÉŹĖĢĶĪĻŠŃŅÓŌÕÖ×ŲŁŚŪÜŻŽß",
    "ąįāćäåęēčéźėģķīļšńņóōõö÷ųłśūüżž˙",
);
const ISO_8859_2: &str = concat!(
    "\u{80}\u{81}\u{82}\u{83}\u{84}\u{85}\u{86}\u{87}\u{88}\u{89}\u{8a}\u{8b}\u{8c}\u{8d}\u{8e}\u{8f}",
    "\u{90}\u{91}\u{92}\u{93}\u{94}\u{95}\u{96}\u{97}\u{98}\u{99}\u{9a}\u{9b}\u{9c}\u{9d}\u{9e}\u{9f}",
    "\u{a0}Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u{ad}ŽŻ°ą˛ł´ľśˇ¸šşťź˝žż",
    "ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß",
    "ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙",
);
const MAC_ROMAN: &str = concat!(
    "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü",
    "†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø",
    "¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ",
    "‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ",
);
const CODE_PAGE_437: &str = concat!(
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ",
    "áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀",
    "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_a_round_trip() {
        for (index, map) in TRIED.iter().enumerate() {
            let bytes: Vec<u8> = (0..=255).collect();
            let text: String = bytes.iter().map(|&byte| map.char_of(byte)).collect();
            assert_eq!(map.encode(&text), Some(bytes), "encoding {index}");
        }
    }
}
