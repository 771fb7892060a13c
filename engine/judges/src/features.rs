//! Features of length 1 and their inner products.

use burn::tensor::Tensor;

/// Lengths below it count as this: torch's `normalize`.
const SHORTEST: f64 = 1e-12;

/// Rows of length 1.
///
/// # Shapes
/// `[rows, channels]`, unchanged
pub(crate) fn normalised(features: Tensor<2>) -> Tensor<2> {
    let length = features.clone().square().sum_dim(1).sqrt().clamp_min(SHORTEST);
    features / length
}

/// The inner product of each picture's (or clip's) feature with that of its text: their cosine, without CLIP's logit scale. Each
/// text is that of as many pictures behind each other as there are for one.
///
/// # Shapes
/// - `pictures`: `[n, channels]`
/// - `texts`: `[texts, channels]`, `texts` dividing `n`
/// - output: `[n]`
///
/// # Panics
/// When the texts do not divide the pictures: a bug of the caller.
pub fn scores(pictures: Tensor<2>, texts: Tensor<2>) -> Tensor<1> {
    let ([n, channels], [texts_count, _]) = (pictures.dims(), texts.dims());
    assert!(texts_count > 0 && n.is_multiple_of(texts_count), "{texts_count} texts for {n} pictures");
    let pictures = pictures.reshape([texts_count, n / texts_count, channels]);
    (pictures * texts.unsqueeze_dim::<3>(1)).sum_dim(2).reshape([n])
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use hummingbird_nn::params::values_of;

    use super::*;

    #[test]
    fn each_text_goes_with_its_pictures() {
        let device = Device::flex();
        let pictures = Tensor::<2>::from_data([[1.0_f32, 0.0], [0.0, 1.0], [0.6, 0.8], [1.0, 0.0]], &device);
        let texts = Tensor::<2>::from_data([[1.0_f32, 0.0], [0.0, 1.0]], &device);
        assert_eq!(values_of(scores(pictures.clone(), texts.clone()).into_data()), [1.0, 0.0, 0.8, 0.0]);
        assert_eq!(values_of(scores(pictures, texts.narrow(0, 0, 1)).into_data()), [1.0, 0.0, 0.6, 1.0]);
    }

    #[test]
    fn features_get_length_one_and_nothing_stays_nothing() {
        let features = Tensor::<2>::from_data([[3.0_f32, 4.0], [0.0, 0.0]], &Device::flex());
        assert_eq!(values_of(normalised(features).into_data()), [0.6, 0.8, 0.0, 0.0]);
    }
}
