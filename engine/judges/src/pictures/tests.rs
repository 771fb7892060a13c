use super::*;

#[test]
fn sizes_are_those_of_torchvision() {
    let pixels = vec![0; 320 * 512 * RGB];
    let wide = Rgb::new(&pixels, [320, 512]).expect("it is a frame");
    let high = Rgb::new(&pixels, [512, 320]).expect("it is a frame");
    assert_eq!((wide.with_shorter_side(224), high.with_shorter_side(224)), ([224, 358], [358, 224]));
    assert_eq!((for_dino(wide, 224).size(), for_clip(high, 224).size()), ([224, 358], [224, 224]));
    assert_eq!((for_umt(wide, 224).size(), for_musiq(high).size()), ([224, 224], [512, 320]));
    let large = vec![0; 360 * 1000 * RGB];
    let large = Rgb::new(&large, [360, 1000]).expect("it is a frame");
    assert_eq!(for_musiq(large).size(), [184, 512]);
}

/// Half a pixel goes to even: 5 pixels around 2 begin at 2, 7 around 2 too.
#[test]
fn crops_begin_where_python_rounds_to() {
    assert_eq!(middle([5, 7], 2), [2, 2]);
    assert_eq!(middle([358, 224], 224), [67, 0]);
}

#[test]
fn frames_that_no_picture_can_be_made_of_are_an_error() {
    let unfit = |width, height| FramesUnfit::Elongated { width, height, most: MOST_RATIO };
    assert_eq!(Rgb::new(&[], [0, 5]).expect_err("it is empty"), unfit(5, 0));
    assert_eq!(Rgb::new(&[0; 99], [1, 33]).expect_err("it is a line"), unfit(33, 1));
    let line = [255; 96];
    let line = Rgb::new(&line, [1, 32]).expect("it is short enough");
    for picture in [for_clip(line, 4), for_viclip(line, 4), for_clip_style(line, 4), for_umt(line, 7)] {
        assert!(picture.values().iter().all(|value| (2.0..2.7).contains(value)), "white stays white");
    }
}

/// As VBench counts: 26 frames for ViCLIP, fewer frames than wanted, and as many.
#[test]
fn frames_are_the_middles_of_parts() {
    assert_eq!(middle_frames(26, 8), [1, 4, 7, 10, 14, 17, 20, 23]);
    assert_eq!(middle_frames(3, 8), [0, 1, 2, 2, 2, 2, 2, 2]);
    assert_eq!(middle_frames(8, 8), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(middle_frames(1, 2), [0, 0]);
}

/// A step between black and white, by hand. Four pixels become two, so that Pillow's cubic reaches over all of them.
#[test]
fn bytes_are_rounded_as_their_programs_do() {
    let row: Vec<u8> = [0, 0, 255, 255].into_iter().flat_map(|value| [value; RGB]).collect();
    let red = |pixels: Vec<u8>| -> Vec<u8> { pixels.into_iter().step_by(RGB).collect() };
    let found = red(pillow::resize(&row, [1, 4], [1, 2]));
    // Distances of the four from the first centre, in pixels of the result.
    let weights = [0.25, 0.25, 0.75, 1.25].map(|x: f64| pillow_cubic(x));
    let expected = 255.0 * (weights[2] + weights[3]) / weights.iter().sum::<f64>();
    assert!((f64::from(found[0]) - expected).abs() <= 0.5, "{found:?} instead of {expected}");
    assert_eq!(found[0] + found[1], 255);
    assert_eq!(red(opencv::resize(&row, [1, 4], [1, 8])), [0, 0, 0, 64, 191, 255, 255, 255]);
    assert_eq!(red(opencv::resize(&row, [1, 4], [2, 4])), [0, 0, 255, 255, 0, 0, 255, 255]);
}

fn pillow_cubic(x: f64) -> f64 {
    if x < 1.0 { (1.5 * x - 2.5) * x * x + 1.0 } else { ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0 }
}
