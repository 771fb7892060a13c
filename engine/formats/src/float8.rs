//! Numbers of 8 bits with an exponent (FP8), as PyTorch's `float8_e4m3fn` and `float8_e5m2` define them.

/// E4M3 ("fn"): 4 bits of exponent with a bias of 7, 3 bits of mantissa, no infinities; all ones but the sign are NaN.
pub fn e4m3(byte: u8) -> f32 {
    if byte & 0x7f == 0x7f {
        return f32::NAN;
    }
    number(byte, 3, 7)
}

/// E5M2: 5 bits of exponent with a bias of 15, 2 bits of mantissa, infinities and NaN as in IEEE 754.
pub fn e5m2(byte: u8) -> f32 {
    // The upper byte of an f16.
    half::f16::from_bits(u16::from(byte) << 8).to_f32()
}

fn number(byte: u8, mantissa_bits: u32, bias: i32) -> f32 {
    let sign = if byte & 0x80 == 0 { 1.0 } else { -1.0 };
    let ones = 1u8 << mantissa_bits;
    let mantissa = f32::from(byte & (ones - 1)) / f32::from(ones);
    match i32::from((byte & 0x7f) >> mantissa_bits) {
        0 => sign * mantissa * 2f32.powi(1 - bias),
        exponent => sign * (1.0 + mantissa) * 2f32.powi(exponent - bias),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_definitions() {
        // OCP 8-bit floating point, table 1: largest, smallest normal, largest and smallest subnormal.
        for (byte, value) in
            [(0x00, 0.0), (0x7e, 448.0), (0x08, 0.015_625), (0x07, 0.013_671_875), (0x01, 0.001_953_125), (0xb8, -1.0)]
        {
            assert_eq!(e4m3(byte), value, "{byte:#x}");
        }
        assert!(e4m3(0x7f).is_nan() && e4m3(0xff).is_nan());
        assert_eq!((0..=255).filter(|&byte| e4m3(byte).is_finite()).count(), 254);
        for (byte, value) in [(0x7b, 57_344.0), (0x04, 6.103_515_6e-5), (0x01, 1.525_878_9e-5), (0xbc, -1.0)] {
            assert_eq!(e5m2(byte), value, "{byte:#x}");
        }
        assert!(e5m2(0x7c) == f32::INFINITY && e5m2(0xfc) == f32::NEG_INFINITY && e5m2(0x7f).is_nan());
    }
}
