
// Attention with an online softmax, as in `attention.wgsl` and for the same tensors, through cooperative matrices of SIDE x SIDE:
// queries, keys, values and weights are rounded to 16 bits, scores and sums have 32. For heads of four matrices' sides, or of
// chunks of that width: scores are summed over the chunks, and each chunk of the result is a workgroup's own.
//
// Each of four subgroups takes SIDE queries of one head of one sequence through all keys, two matrices of keys at a time. How
// lanes share a matrix is the device's secret, so scores reach the softmax through memory of the workgroup. Sums stay in their
// matrices: they are put out to be scaled only when a score exceeds the reference of its row by GROWTH, which leaves weights far
// from the bounds of 16 bits and is rare after the first keys.
//
// `parts/attention.wgsl`, one of `parts/cooperative_matrices_*.wgsl` and `parts/halves.wgsl` stand before this file. The prelude gives: const SIDE: u32 (8 or 16), const LANES: u32 (of every
// subgroup, a multiple of SIDE), const CHUNKS: u32 (chunks of a head). WORKGROUP is 4 * LANES. Where the driver takes subgroups of
// another size the result is NaN: then the device does without this kernel.

// Weights are at most e to this power: under 3000.
const GROWTH: f32 = 8.0;

const QUERIES: u32 = 4u * SIDE;
const KEYS: u32 = 2u * SIDE;
// Quads of a matrix's row, and of a head's or of its chunk's.
const MATRIX: u32 = SIDE / 4u;
const HEAD_VECTORS: u32 = 4u * MATRIX;
// Rows in memory of the workgroup: longer than needed, so that neighbouring ones lie in different banks.
const PITCH: u32 = HEAD_VECTORS + 2u;
const WEIGHT_PITCH: u32 = KEYS / 4u + 2u;
const SCORE_PITCH: u32 = KEYS + 4u;
// Lanes that share a row of scores, and quads of it that each has.
const PER_ROW: u32 = LANES / SIDE;
const OWN_QUADS: u32 = KEYS / 4u / PER_ROW;
const OUT_QUADS: u32 = 2u * MATRIX / PER_ROW;

// Queries, then for each step keys and behind them values.
var<workgroup> rows: array<vec4<f16>, QUERIES * PITCH>;
var<workgroup> weights: array<vec4<f16>, QUERIES * WEIGHT_PITCH>;
// Scores, and sums on their way out and back.
var<workgroup> scores: array<f32, QUERIES * SCORE_PITCH>;
// The last step in which some row of some subgroup outgrew its reference. Matrices are read and written at places that are
// multiples of 16 bytes, for which every array here must have such a length: three of these stay empty.
var<workgroup> grown: array<atomic<u32>, 4>;

fn quad_of_scores(place: u32) -> vec4<f32> {
    return vec4(scores[place], scores[place + 1u], scores[place + 2u], scores[place + 3u]);
}

fn scale_scores(place: u32, factor: f32) {
    for (var i = 0u; i < 4u; i = i + 1u) {
        scores[place + i] = scores[place + i] * factor;
    }
}

// Where a tile of queries begins, how far rows lie apart, and how many there are.
struct QueryTile {
    start: u32,
    stride: u32,
    first: u32,
    queries: u32,
    scale: f32,
}

fn read_queries(tile: QueryTile, invocation: u32) {
    for (var i = invocation; i < QUERIES * HEAD_VECTORS; i = i + WORKGROUP) {
        let query = tile.first + i / HEAD_VECTORS;
        let vector = i % HEAD_VECTORS;
        var value = vec4(0.0);
        if (query < tile.queries) {
            value = q[tile.start + query * tile.stride + vector] * tile.scale;
        }
        rows[i / HEAD_VECTORS * PITCH + vector] = halves(value);
    }
}

fn largest_over_row(value: f32) -> f32 {
    var largest = value;
    for (var distance = PER_ROW / 2u; distance > 0u; distance = distance / 2u) {
        largest = max(largest, subgroupShuffleXor(largest, distance));
    }
    return largest;
}

fn sum_over_row(value: f32) -> f32 {
    var sum = value;
    for (var distance = PER_ROW / 2u; distance > 0u; distance = distance / 2u) {
        sum = sum + subgroupShuffleXor(sum, distance);
    }
    return sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) invocation: u32,
    @builtin(subgroup_id) subgroup_id: u32,
    @builtin(subgroup_invocation_id) subgroup_lane: u32,
    @builtin(subgroup_size) lanes: u32,
) {
    // Where subgroups have another size than this was built for, everything stays inside of its arrays, and the result is no number.
    let subgroup = min(subgroup_id, 3u);
    let lane = subgroup_lane % LANES;
    // A tile of queries of a head of a sequence.
    let sizes = params;
    let group = sizes.first_group + workgroup.y * workgroups.x + workgroup.x;
    let instance = group / (sizes.tiles * CHUNKS);
    let first_output = group / sizes.tiles % CHUNKS * HEAD_VECTORS;
    let present = instance < sizes.batch * sizes.pixels * sizes.heads;
    let first_query = group % sizes.tiles * QUERIES;
    let width = sizes.heads * CHUNKS * HEAD_VECTORS;
    let stride = sizes.pixels * width;
    let sequence = instance / sizes.heads;
    let start = sequence % sizes.pixels * width + instance % sizes.heads * CHUNKS * HEAD_VECTORS;
    let query_start = sequence / sizes.pixels * sizes.tokens_q * stride + start;
    let key_start = sequence / sizes.pixels * sizes.tokens_k * stride + start;

    if (invocation == 0u) {
        atomicStore(&grown[0], 0u);
    }
    let own_rows = subgroup * SIDE * PITCH;
    // A head of one chunk keeps its queries for all keys.
    if (CHUNKS == 1u) {
        let tile = QueryTile(query_start, stride, first_query, select(0u, sizes.tokens_q, present), sizes.scale);
        read_queries(tile, invocation);
        workgroupBarrier();
    }
    var queries0 = coopLoadT<Left>(&rows[own_rows], PITCH);
    var queries1 = coopLoadT<Left>(&rows[own_rows + MATRIX], PITCH);
    var queries2 = coopLoadT<Left>(&rows[own_rows + 2u * MATRIX], PITCH);
    var queries3 = coopLoadT<Left>(&rows[own_rows + 3u * MATRIX], PITCH);

    // The row that this lane shares, and which of its quads are this lane's.
    let row = lane / PER_ROW;
    let part = lane % PER_ROW;
    let query = first_query + subgroup * SIDE + row;
    let own_scores = subgroup * SIDE * SCORE_PITCH;
    let row_of_scores = own_scores + row * SCORE_PITCH;
    let own_weights = subgroup * SIDE * WEIGHT_PITCH;
    var end = sizes.tokens_k;
    var visible_keys = sizes.tokens_k;
    if (sizes.mask == CAUSAL) {
        end = min(end, query + 1u);
        visible_keys = min(visible_keys, first_query + QUERIES);
    }
    // Weights are relative to the reference; the total is this lane's part of their sum.
    var reference = MASKED_SCORE;
    var total = 0.0;
    var sums0 = Sum();
    var sums1 = Sum();
    var sums2 = Sum();
    var sums3 = Sum();
    var step = 0u;
    for (var first_key = 0u; first_key < visible_keys; first_key = first_key + KEYS) {
        step = step + 1u;
        var scores0 = Sum();
        var scores1 = Sum();
        for (var chunk = 0u; chunk < CHUNKS; chunk = chunk + 1u) {
            let first_vector = chunk * HEAD_VECTORS;
            workgroupBarrier();
            if (CHUNKS > 1u) {
                let queries = select(0u, sizes.tokens_q, present);
                read_queries(QueryTile(query_start + first_vector, stride, first_query, queries, sizes.scale), invocation);
                workgroupBarrier();
                queries0 = coopLoadT<Left>(&rows[own_rows], PITCH);
                queries1 = coopLoadT<Left>(&rows[own_rows + MATRIX], PITCH);
                queries2 = coopLoadT<Left>(&rows[own_rows + 2u * MATRIX], PITCH);
                queries3 = coopLoadT<Left>(&rows[own_rows + 3u * MATRIX], PITCH);
                workgroupBarrier();
            }
            for (var i = invocation; i < KEYS * HEAD_VECTORS; i = i + WORKGROUP) {
                let key = first_key + i / HEAD_VECTORS;
                let vector = i % HEAD_VECTORS;
                var both = array<vec4<f32>, 2>(vec4(0.0), vec4(0.0));
                if (present && key < sizes.tokens_k) {
                    let place = key_start + key * stride + vector;
                    both = array<vec4<f32>, 2>(k[place + first_vector], v[place + first_output]);
                }
                let place = i / HEAD_VECTORS * PITCH + vector;
                rows[place] = halves(both[0]);
                rows[place + KEYS * PITCH] = halves(both[1]);
            }
            workgroupBarrier();
            scores0 = coopMultiplyAdd(queries0, coopLoad<Right>(&rows[0u], PITCH), scores0);
            scores1 = coopMultiplyAdd(queries0, coopLoad<Right>(&rows[SIDE * PITCH], PITCH), scores1);
            scores0 = coopMultiplyAdd(queries1, coopLoad<Right>(&rows[MATRIX], PITCH), scores0);
            scores1 = coopMultiplyAdd(queries1, coopLoad<Right>(&rows[SIDE * PITCH + MATRIX], PITCH), scores1);
            scores0 = coopMultiplyAdd(queries2, coopLoad<Right>(&rows[2u * MATRIX], PITCH), scores0);
            scores1 = coopMultiplyAdd(queries2, coopLoad<Right>(&rows[SIDE * PITCH + 2u * MATRIX], PITCH), scores1);
            scores0 = coopMultiplyAdd(queries3, coopLoad<Right>(&rows[3u * MATRIX], PITCH), scores0);
            scores1 = coopMultiplyAdd(queries3, coopLoad<Right>(&rows[SIDE * PITCH + 3u * MATRIX], PITCH), scores1);
        }
        coopStoreT(scores0, &scores[own_scores], SCORE_PITCH);
        coopStoreT(scores1, &scores[own_scores + SIDE], SCORE_PITCH);
        workgroupBarrier();
        var own: array<vec4<f32>, OWN_QUADS>;
        var peak = MASKED_SCORE;
        for (var i = 0u; i < OWN_QUADS; i = i + 1u) {
            let quad = part + i * PER_ROW;
            let keys = vec4(first_key + 4u * quad) + vec4(0u, 1u, 2u, 3u);
            let value = select(vec4(MASKED_SCORE), quad_of_scores(row_of_scores + 4u * quad), keys < vec4(end));
            own[i] = value;
            peak = max(peak, max(max(value.x, value.y), max(value.z, value.w)));
        }
        peak = largest_over_row(peak);
        if (step == 1u) {
            reference = peak;
        }
        if (peak > reference + GROWTH) {
            atomicStore(&grown[0], step);
        }
        workgroupBarrier();
        // Once or not at all, and for all subgroups together, since all meet at the barriers.
        for (var again = atomicLoad(&grown[0]) == step; again; again = false) {
            let top = max(reference, peak);
            let shrink = exp(reference - top);
            reference = top;
            total = total * shrink;
            coopStoreT(sums0, &scores[own_scores], SCORE_PITCH);
            coopStoreT(sums1, &scores[own_scores + SIDE], SCORE_PITCH);
            workgroupBarrier();
            for (var i = 0u; i < OUT_QUADS; i = i + 1u) {
                scale_scores(row_of_scores + 4u * (part + i * PER_ROW), shrink);
            }
            workgroupBarrier();
            sums0 = coopLoadT<Sum>(&scores[own_scores], SCORE_PITCH);
            sums1 = coopLoadT<Sum>(&scores[own_scores + SIDE], SCORE_PITCH);
            workgroupBarrier();
            coopStoreT(sums2, &scores[own_scores], SCORE_PITCH);
            coopStoreT(sums3, &scores[own_scores + SIDE], SCORE_PITCH);
            workgroupBarrier();
            for (var i = 0u; i < OUT_QUADS; i = i + 1u) {
                scale_scores(row_of_scores + 4u * (part + i * PER_ROW), shrink);
            }
            workgroupBarrier();
            sums2 = coopLoadT<Sum>(&scores[own_scores], SCORE_PITCH);
            sums3 = coopLoadT<Sum>(&scores[own_scores + SIDE], SCORE_PITCH);
        }
        for (var i = 0u; i < OWN_QUADS; i = i + 1u) {
            // In 16 bits already in the sum, so that weights add up to it.
            let weight = vec4<f16>(exp(own[i] - vec4(reference)));
            let rounded = vec4<f32>(weight);
            total = total + rounded.x + rounded.y + rounded.z + rounded.w;
            weights[own_weights + row * WEIGHT_PITCH + part + i * PER_ROW] = weight;
        }
        workgroupBarrier();
        for (var half = 0u; half < 2u; half = half + 1u) {
            let left = coopLoadT<Left>(&weights[own_weights + half * MATRIX], WEIGHT_PITCH);
            let values = (KEYS + half * SIDE) * PITCH;
            sums0 = coopMultiplyAdd(left, coopLoadT<Right>(&rows[values], PITCH), sums0);
            sums1 = coopMultiplyAdd(left, coopLoadT<Right>(&rows[values + MATRIX], PITCH), sums1);
            sums2 = coopMultiplyAdd(left, coopLoadT<Right>(&rows[values + 2u * MATRIX], PITCH), sums2);
            sums3 = coopMultiplyAdd(left, coopLoadT<Right>(&rows[values + 3u * MATRIX], PITCH), sums3);
        }
    }

    total = sum_over_row(total);
    let is_there = present && query < sizes.tokens_q;
    let first_out = query_start + query * stride + first_output;
    workgroupBarrier();
    coopStoreT(sums0, &scores[own_scores], SCORE_PITCH);
    coopStoreT(sums1, &scores[own_scores + SIDE], SCORE_PITCH);
    workgroupBarrier();
    for (var i = 0u; i < OUT_QUADS; i = i + 1u) {
        let quad = part + i * PER_ROW;
        if (is_there) {
            out[first_out + quad] = quad_of_scores(row_of_scores + 4u * quad) / total;
        }
    }
    workgroupBarrier();
    coopStoreT(sums2, &scores[own_scores], SCORE_PITCH);
    coopStoreT(sums3, &scores[own_scores + SIDE], SCORE_PITCH);
    workgroupBarrier();
    for (var i = 0u; i < OUT_QUADS; i = i + 1u) {
        let quad = part + i * PER_ROW;
        if (is_there) {
            out[first_out + 2u * MATRIX + quad] = quad_of_scores(row_of_scores + 4u * quad) / total;
        }
    }
    if (is_there && part == 0u && first_output == 0u) {
        lse[instance * sizes.tokens_q + query] = reference + log(total);
    }
    if (lanes != LANES && present) {
        workgroupBarrier();
        // The driver must not know that this is no number.
        let no_number = vec4(bitcast<f32>(0x7fc00000u | (lanes & 1u)));
        for (var place = invocation; place < QUERIES * HEAD_VECTORS; place = place + WORKGROUP) {
            let row_of_tile = first_query + place / HEAD_VECTORS;
            if (row_of_tile < sizes.tokens_q) {
                out[query_start + row_of_tile * stride + first_output + place % HEAD_VECTORS] = no_number;
            }
        }
    }
}
