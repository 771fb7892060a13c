//! Windows of attention: which positions stand in which, and what decides what is added to their scores.
//!
//! Everything here is numbers on the host; `swin` puts them on the device.

/// How a feature map is cut into windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Frames, height and width of the map.
    map: [usize; 3],
    /// The same, enlarged to whole windows.
    padded: [usize; 3],
    /// Of a window; where the map is smaller, that of the map.
    window: [usize; 3],
    /// By how much the map is rolled.
    shift: [usize; 3],
}

impl Windows {
    /// Windows of a map; shifted ones are moved by half a window along each side on which there is more than one.
    pub fn new(map: [usize; 3], window: [usize; 3], is_shifted: bool) -> Self {
        let is_smaller = |axis: usize| map[axis] <= window[axis];
        let side = |axis: usize| if is_smaller(axis) { map[axis] } else { window[axis] };
        let window_of_map = std::array::from_fn(side);
        let shift = |axis: usize| if !is_shifted || is_smaller(axis) { 0 } else { window[axis] / 2 };
        Self {
            map,
            padded: std::array::from_fn(|axis| map[axis].div_ceil(window_of_map[axis]) * window_of_map[axis]),
            window: window_of_map,
            shift: std::array::from_fn(shift),
        }
    }

    /// Positions of a window.
    pub fn positions(&self) -> usize {
        self.window.iter().product()
    }

    /// Windows.
    pub fn count(&self) -> usize {
        self.grid().iter().product()
    }

    fn grid(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.padded[axis] / self.window[axis])
    }

    /// Where the positions of a window are on the rolled map.
    fn places(&self, window: usize) -> impl Iterator<Item = [usize; 3]> {
        let corner = coordinates(window, self.grid());
        let sides = self.window;
        (0..self.positions()).map(move |position| {
            let inside = coordinates(position, sides);
            std::array::from_fn(|axis| corner[axis] * sides[axis] + inside[axis])
        })
    }

    /// For each position of each window the row of the map's tokens; those of the padding are `tokens of the map`.
    pub fn gathering(&self) -> Vec<i32> {
        let padding = self.map.iter().product::<usize>();
        let token = |place: [usize; 3]| {
            let place: [usize; 3] = std::array::from_fn(|axis| (place[axis] + self.shift[axis]) % self.padded[axis]);
            let is_inside = (0..3).all(|axis| place[axis] < self.map[axis]);
            (if is_inside { row(place, self.map) } else { padding }) as i32
        };
        (0..self.count()).flat_map(|window| self.places(window).map(token)).collect()
    }

    /// The way back: for each token of the map its place among the positions of all windows.
    pub fn scattering(&self) -> Vec<i32> {
        let tokens = self.map.iter().product();
        let mut back = vec![0; tokens];
        for (place, &token) in self.gathering().iter().enumerate() {
            if let Some(back) = back.get_mut(token as usize) {
                *back = place as i32;
            }
        }
        back
    }

    /// For each pair of positions of a window the row of a table of biases, which is for windows of `full` sides.
    ///
    /// As the reference does, a smaller window takes the first rows and columns of the full one's pairs.
    pub fn bias_rows(&self, full: [usize; 3]) -> Vec<i32> {
        let count = self.positions();
        let of_pair = |pair: usize| {
            let [from, to] = [pair / count, pair % count].map(|position| coordinates(position, full));
            let apart: [usize; 3] = std::array::from_fn(|axis| from[axis] + full[axis] - 1 - to[axis]);
            row(apart, full.map(|side| 2 * side - 1)) as i32
        };
        (0..count * count).map(of_pair).collect()
    }

    /// Where the positions of a window belong: the row of their fragment, its column, and the number of their region. Positions of
    /// different regions were only made neighbours by the rolling.
    ///
    /// The reference lays a grid of as many fragments as a window has rows and columns over the map.
    pub fn belongings(&self, window: usize) -> [Vec<f32>; 3] {
        let fragment = |axis: usize, place: usize| {
            // torch's nearest neighbour, in f32 as there.
            let scale = self.window[axis] as f32 / self.padded[axis] as f32;
            let place = (place + self.shift[axis]) % self.padded[axis];
            ((place as f32 * scale) as usize).min(self.window[axis] - 1) as f32
        };
        let part = |axis: usize, place: usize| match self.shift[axis] {
            0 => 0,
            shift => {
                let left = self.padded[axis] - place;
                usize::from(left <= self.window[axis]) + usize::from(left <= shift)
            }
        };
        let region = |place: [usize; 3]| (0..3).fold(0, |region, axis| region * 3 + part(axis, place[axis])) as f32;
        [
            self.places(window).map(|place| fragment(1, place[1])).collect(),
            self.places(window).map(|place| fragment(2, place[2])).collect(),
            self.places(window).map(region).collect(),
        ]
    }
}

fn coordinates(index: usize, [_, height, width]: [usize; 3]) -> [usize; 3] {
    [index / (height * width), index / width % height, index % width]
}

fn row([time, row, column]: [usize; 3], [_, height, width]: [usize; 3]) -> usize {
    (time * height + row) * width + column
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map of 2 by 3 by 5 in windows of 2 by 2 by 2, rolled by one row and one column, padded to 4 by 6.
    #[test]
    fn positions_go_to_windows_and_back() {
        let windows = Windows::new([2, 3, 5], [2, 2, 2], true);
        assert_eq!((windows.shift, windows.count(), windows.positions()), ([0, 1, 1], 6, 8));
        let gathering = windows.gathering();
        // The first window begins at row 1 and column 1.
        assert_eq!(gathering[..8], [6, 7, 11, 12, 21, 22, 26, 27]);
        // The last one has the padding's corner, then what was rolled out at the left, the top and both.
        assert_eq!(gathering[40..44], [30, 30, 30, 0]);
        for (token, place) in windows.scattering().into_iter().enumerate() {
            assert_eq!(gathering[place as usize], token as i32);
        }
    }

    #[test]
    fn windows_shrink_to_the_map_and_are_not_shifted_there() {
        let windows = Windows::new([8, 4, 9], [4, 7, 7], true);
        assert_eq!((windows.window, windows.shift, windows.padded), ([4, 4, 7], [2, 0, 3], [8, 4, 14]));
        assert_eq!(windows.bias_rows([4, 7, 7]).len(), 112 * 112);
        // Two neighbouring positions of the full window, seen from either; the first pairs are those of the full window.
        let rows = windows.bias_rows([4, 7, 7]);
        let middle = (3 * 13 + 6) * 13 + 6;
        assert_eq!((rows[0], rows[1], rows[112]), (middle, middle - 1, middle + 1));
        // Position 4 is the fifth of the first row of the full window, not the first of the second row of this one.
        assert_eq!(rows[4], middle - 4);
    }

    /// Whether two positions of a window are of different regions.
    fn are_apart(windows: &Windows, window: usize, [from, to]: [usize; 2]) -> bool {
        let [_, _, regions] = windows.belongings(window);
        regions[from] != regions[to]
    }

    #[test]
    fn only_windows_at_the_end_have_several_regions() {
        let windows = Windows::new([1, 4, 4], [1, 2, 2], true);
        assert!(!(0..4).any(|position| are_apart(&windows, 0, [0, position])));
        // The right window of the first row: its columns were apart, its rows were not.
        assert_eq!([[0, 1], [0, 2]].map(|pair| are_apart(&windows, 1, pair)), [true, false]);
        assert_eq!([[0, 1], [0, 2]].map(|pair| are_apart(&windows, 2, pair)), [false, true]);
        assert_eq!([[0, 0], [0, 3]].map(|pair| are_apart(&windows, 3, pair)), [false, true]);
        let still = Windows::new([1, 4, 4], [1, 2, 2], false);
        assert!((0..4).all(|window| !(0..4).any(|position| are_apart(&still, window, [0, position]))));
    }

    #[test]
    fn fragments_are_told_by_rows_and_columns() {
        // A map of 4 by 4 with two fragments a side: windows and fragments are the same, until the map is rolled.
        let windows = Windows::new([1, 4, 4], [1, 2, 2], false);
        for window in 0..4 {
            let [rows, columns, _] = windows.belongings(window);
            assert_eq!((rows, columns), (vec![(window / 2) as f32; 4], vec![(window % 2) as f32; 4]));
        }
        let [rows, columns, _] = Windows::new([1, 4, 4], [1, 2, 2], true).belongings(0);
        assert_eq!((rows, columns), (vec![0.0, 0.0, 1.0, 1.0], vec![0.0, 1.0, 0.0, 1.0]));
        // Time does not count.
        let [rows, columns, _] = Windows::new([2, 4, 4], [2, 2, 2], true).belongings(0);
        assert_eq!((&rows[..4], &columns[..4]), (&rows[4..], &columns[4..]));
    }
}
