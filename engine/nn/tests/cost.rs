//! Costs of one layer of each kind, by hand. Networks are built without values: a cost needs none.

use hummingbird_kernels::Activation;
use hummingbird_nn::attention::Attention;
use hummingbird_nn::conv::ConvConfig;
use hummingbird_nn::cost::{Cost, Flop, MetaTensor, Target, Tracer};
use hummingbird_nn::linear::LinearConfig;
use hummingbird_nn::norm::{EPS_DEFAULT, GroupNorm, LayerNorm, with_silu};
use hummingbird_nn::params::{NoZeros, ParamLoader, ParamPath};
use hummingbird_nn::transformer::{MetaContext, TransformerBlock};

/// The cost of a pass on a GPU, where nothing depends on threads.
fn cost(pass: impl FnOnce(&Tracer, &ParamPath<'_>) -> MetaTensor) -> Cost {
    let loader = ParamLoader::names_only();
    Tracer::measure(Target::gpu(), |tracer| pass(tracer, &loader.path("layer")))
}

fn flop(matmul: f64, conv: f64, attention: f64) -> Flop {
    Flop { matmul, conv, attention }
}

#[test]
fn a_linear_layer() {
    let cost = cost(|tracer, path| {
        let layer = LinearConfig::new(10, 30).init(path).expect("nothing is loaded");
        layer.cost(tracer, tracer.tensor(&[2, 7, 10]))
    });
    assert_eq!(cost.flop, flop(2.0 * 14.0 * 10.0 * 30.0, 0.0, 0.0));
    assert_eq!(cost.weight_bytes, 4.0 * 330.0);
    assert_eq!(cost.moved_bytes, 4.0 * (140.0 + 330.0 + 420.0));
    assert_eq!((cost.peak_bytes, cost.largest_buffer_bytes), (4 * 560, 4 * 420));
}

#[test]
fn a_gated_linear_layer_never_holds_both_halves() {
    let cost = cost(|tracer, path| {
        let layer = LinearConfig::new(10, 80).init(path).expect("nothing is loaded");
        layer.cost_geglu(tracer, tracer.tensor(&[1, 5, 10]))
    });
    assert_eq!(cost.flop, flop(2.0 * 5.0 * 10.0 * 80.0, 0.0, 0.0));
    assert_eq!(cost.peak_bytes, 4 * (50 + 5 * 40));
}

#[test]
fn convolutions_of_every_kind() {
    let of = |config: ConvConfig, x: [usize; 4]| {
        let mut dims = [0; 4];
        let cost = cost(|tracer, path| {
            let y = config.init(path).expect("nothing is loaded").cost(tracer, tracer.tensor(&x));
            dims = y.dims();
            y
        });
        (dims, cost.flop.conv)
    };
    let x = [2, 5, 6, 8];
    assert_eq!(of(ConvConfig::same(8, 12), x), ([2, 5, 6, 12], 2.0 * 60.0 * 72.0 * 12.0));
    assert_eq!(of(ConvConfig::halve(8), x), ([2, 3, 3, 8], 2.0 * 18.0 * 72.0 * 8.0));
    assert_eq!(of(ConvConfig::halve_right_bottom(8), [2, 6, 4, 8]), ([2, 3, 2, 8], 2.0 * 12.0 * 72.0 * 8.0));
    assert_eq!(of(ConvConfig::double(8), x), ([2, 10, 12, 8], 2.0 * 240.0 * 72.0 * 8.0));
    assert_eq!(of(ConvConfig::temporal(8), x), ([2, 5, 6, 8], 2.0 * 60.0 * 24.0 * 8.0));
}

#[test]
fn a_residual_is_held_and_read_but_costs_no_flop() {
    let with = |has_residual: bool| {
        cost(|tracer, path| {
            let layer = ConvConfig::same(8, 8).activation(Activation::Relu).init(path).expect("nothing is loaded");
            let x = tracer.tensor(&[1, 4, 4, 8]);
            if has_residual { layer.cost_add(tracer, tracer.copy(x.clone()), x) } else { layer.cost(tracer, x) }
        })
    };
    let (with, without) = (with(true), with(false));
    assert_eq!(with.flop, without.flop);
    assert_eq!((with.peak_bytes, without.peak_bytes), (3 * 4 * 128, 2 * 4 * 128));
}

#[test]
fn norms_cost_memory_and_bytes_only() {
    let group = cost(|tracer, path| {
        let norm = GroupNorm::init(path, 8, with_silu(4, EPS_DEFAULT)).expect("nothing is loaded");
        norm.cost(tracer, tracer.tensor(&[2, 3, 3, 8]))
    });
    let layer = cost(|tracer, path| {
        LayerNorm::init(path, 8).expect("nothing is loaded").cost(tracer, tracer.tensor(&[2, 9, 8]))
    });
    assert_eq!(group, layer);
    assert_eq!((group.flop.total(), group.peak_bytes), (0.0, 2 * 4 * 144));
    assert_eq!(group.moved_bytes, 4.0 * (2.0 * 144.0 + 16.0));
}

/// Queries of 6 rows, keys of 4, and three sequences of each between each other.
#[test]
fn an_attention() {
    let cost = cost(|tracer, path| {
        let layer = Attention::init(path, 16, 10, 2).expect("nothing is loaded");
        let (x, context) = (tracer.tensor(&[1, 18, 16]), tracer.tensor(&[1, 12, 10]));
        layer.cost(tracer, x.clone(), context, 3, x)
    });
    let projections = 2.0 * (18.0 * 16.0 * 16.0 + 2.0 * 12.0 * 10.0 * 16.0 + 18.0 * 16.0 * 16.0);
    assert_eq!(cost.flop, flop(projections, 0.0, 3.0 * 2.0 * 2.0 * 6.0 * 4.0 * 16.0));
}

/// Two frames of 4x6 pixels.
#[test]
fn a_transformer_block_with_text_with_pooled_keys_and_values_and_over_frames() {
    let (rows, inner, text, context) = (48.0, 16.0, 5.0, 8.0);
    let of = |is_over_frames: bool, merged: Option<[usize; 2]>| {
        cost(|tracer, path| {
            let width = if is_over_frames { 16 } else { 8 };
            let block = TransformerBlock::init(path, 16, width, 2).expect("nothing is loaded");
            let (dims, context) = if is_over_frames {
                ([1, 48, 16], MetaContext::Frames(24))
            } else {
                ([2, 24, 16], MetaContext::Text { text: tracer.tensor(&[1, 5, 8]), merged })
            };
            block.cost(tracer, tracer.tensor(&dims), &context)
        })
    };
    let product = |rows: f64, inputs: f64, outputs: f64| 2.0 * rows * inputs * outputs;
    let feed_forward = product(rows, inner, 8.0 * inner) + product(rows, 4.0 * inner, inner);
    let own = product(rows, inner, inner);
    let to_text = 2.0 * own + 2.0 * product(text, context, inner);
    let attention = |rows: f64, keys: f64| 4.0 * rows * keys * inner;
    let plain = of(false, None);
    assert_eq!(
        plain.flop,
        flop(4.0 * own + to_text + feed_forward, 0.0, attention(rows, 24.0) + attention(rows, text))
    );
    let merged = of(false, Some([4, 6]));
    assert_eq!(
        merged.flop,
        flop(2.5 * own + to_text + feed_forward, 0.0, attention(rows, 6.0) + attention(rows, text))
    );
    assert!(merged.peak_bytes <= plain.peak_bytes);
    assert_eq!(of(true, None).flop, flop(8.0 * own + feed_forward, 0.0, 2.0 * attention(rows, 2.0)));
}

/// Parameters with values cost what those without cost.
#[test]
fn values_make_no_difference() {
    let source = NoZeros;
    let loader = ParamLoader::new(&source, &burn::tensor::Device::flex());
    let block = TransformerBlock::init(&loader.path("layer"), 16, 8, 2).expect("the source has every name");
    let context = |tracer: &Tracer| MetaContext::Text { text: tracer.tensor(&[1, 5, 8]), merged: None };
    let pass =
        |block: &TransformerBlock, tracer: &Tracer| block.cost(tracer, tracer.tensor(&[2, 24, 16]), &context(tracer));
    let loaded = Tracer::measure(Target::gpu(), |tracer| pass(&block, tracer));
    let named = cost(|tracer, path| pass(&TransformerBlock::init(path, 16, 8, 2).expect("nothing is loaded"), tracer));
    assert_eq!(loaded, named);
}
