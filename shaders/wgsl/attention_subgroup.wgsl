
// Attention with ROWS queries to an invocation, for q and out of [batch, tokens_q * pixels, heads * d], k and v of
// [batch, tokens_k * pixels, heads * d]. Eight invocations of a subgroup fetch one key each and hand it to the others, so
// that nothing goes through workgroup memory and nothing waits; the softmax of a row stays inside its invocation. It needs
// subgroups of eight invocations or more, and many registers: it is for software drivers, whose registers are memory and
// whose loads cost far more than their arithmetic.
//
// `parts/attention.wgsl` stands before this file. The prelude gives: const HEAD_VECTORS: u32 (d / 4, up to 16), const ROWS: u32, const WORKGROUP: u32.

// Keys of one turn: one for each invocation of the smallest subgroup.
const KEYS: u32 = 8u;

// The vectors of invocations 0 to 3, as columns.
fn first_four(value: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        subgroupBroadcast(value, 0u),
        subgroupBroadcast(value, 1u),
        subgroupBroadcast(value, 2u),
        subgroupBroadcast(value, 3u),
    );
}

// The vectors of invocations 4 to 7.
fn last_four(value: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        subgroupBroadcast(value, 4u),
        subgroupBroadcast(value, 5u),
        subgroupBroadcast(value, 6u),
        subgroupBroadcast(value, 7u),
    );
}

// What invocation memory holds of ROWS queries.
struct Rows {
    query: array<array<vec4<f32>, HEAD_VECTORS>, ROWS>,
    output: array<array<vec4<f32>, HEAD_VECTORS>, ROWS>,
    // Scores, then weights, of keys 0 to 3 and 4 to 7.
    left: array<vec4<f32>, ROWS>,
    right: array<vec4<f32>, ROWS>,
}

// Adds what four channels have to say to the scores.
fn score(rows: ptr<function, Rows>, channel: u32, key: vec4<f32>) {
    let first = first_four(key);
    let last = last_four(key);
    for (var r = 0u; r < ROWS; r = r + 1u) {
        (*rows).left[r] += (*rows).query[r][channel] * first;
        (*rows).right[r] += (*rows).query[r][channel] * last;
    }
}

// Adds the weighted values of four channels.
fn mix(rows: ptr<function, Rows>, channel: u32, value: vec4<f32>) {
    let first = first_four(value);
    let last = last_four(value);
    for (var r = 0u; r < ROWS; r = r + 1u) {
        (*rows).output[r][channel] += first * (*rows).left[r] + last * (*rows).right[r];
    }
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
    @builtin(subgroup_invocation_id) place: u32,
) {
    // A head of a sequence.
    let group = params.first_group + workgroup.y * workgroups.x + workgroup.x;
    let instance = group / params.tiles;
    if (instance >= params.batch * params.pixels * params.heads) {
        return;
    }
    let width = params.heads * params.head_vectors;
    let stride = params.pixels * width;
    let sequence = instance / params.heads;
    let start = sequence % params.pixels * width + instance % params.heads * params.head_vectors;
    let query_start = sequence / params.pixels * params.tokens_q * stride + start;
    let key_start = sequence / params.pixels * params.tokens_k * stride + start;
    let first_query = group % params.tiles * WORKGROUP * ROWS;

    var rows: Rows;
    var largest: array<f32, ROWS>;
    var total: array<f32, ROWS>;
    for (var r = 0u; r < ROWS; r = r + 1u) {
        largest[r] = MASKED_SCORE;
        total[r] = 0.0;
        // All invocations stay to hand on keys; those beyond the last query repeat it.
        let row = min(first_query + r * WORKGROUP + lane, params.tokens_q - 1u);
        for (var c = 0u; c < HEAD_VECTORS; c = c + 1u) {
            rows.query[r][c] = q[query_start + row * stride + c] * params.scale;
            rows.output[r][c] = vec4<f32>(0.0);
        }
    }

    var visible_keys = params.tokens_k;
    if (params.mask == CAUSAL) {
        visible_keys = min(visible_keys, first_query + WORKGROUP * ROWS);
    }
    for (var first_key = 0u; first_key < visible_keys; first_key = first_key + KEYS) {
        let mine = key_start + min(first_key + place % KEYS, params.tokens_k - 1u) * stride;
        for (var r = 0u; r < ROWS; r = r + 1u) {
            rows.left[r] = vec4<f32>(0.0);
            rows.right[r] = vec4<f32>(0.0);
        }
        // Line by line: what a driver does not unroll, it indexes in memory, lane by lane.
        score(&rows, 0u, k[mine]);
        if (HEAD_VECTORS > 1u) { score(&rows, 1u, k[mine + 1u]); }
        if (HEAD_VECTORS > 2u) { score(&rows, 2u, k[mine + 2u]); }
        if (HEAD_VECTORS > 3u) { score(&rows, 3u, k[mine + 3u]); }
        if (HEAD_VECTORS > 4u) { score(&rows, 4u, k[mine + 4u]); }
        if (HEAD_VECTORS > 5u) { score(&rows, 5u, k[mine + 5u]); }
        if (HEAD_VECTORS > 6u) { score(&rows, 6u, k[mine + 6u]); }
        if (HEAD_VECTORS > 7u) { score(&rows, 7u, k[mine + 7u]); }
        if (HEAD_VECTORS > 8u) { score(&rows, 8u, k[mine + 8u]); }
        if (HEAD_VECTORS > 9u) { score(&rows, 9u, k[mine + 9u]); }
        if (HEAD_VECTORS > 10u) { score(&rows, 10u, k[mine + 10u]); }
        if (HEAD_VECTORS > 11u) { score(&rows, 11u, k[mine + 11u]); }
        if (HEAD_VECTORS > 12u) { score(&rows, 12u, k[mine + 12u]); }
        if (HEAD_VECTORS > 13u) { score(&rows, 13u, k[mine + 13u]); }
        if (HEAD_VECTORS > 14u) { score(&rows, 14u, k[mine + 14u]); }
        if (HEAD_VECTORS > 15u) { score(&rows, 15u, k[mine + 15u]); }

        if (params.mask == CAUSAL || first_key + KEYS > params.tokens_k) {
            let keys = vec4<u32>(first_key) + vec4<u32>(0u, 1u, 2u, 3u);
            for (var r = 0u; r < ROWS; r = r + 1u) {
                var end = params.tokens_k;
                if (params.mask == CAUSAL) {
                    end = min(end, first_query + r * WORKGROUP + lane + 1u);
                }
                rows.left[r] = select(vec4<f32>(MASKED_SCORE), rows.left[r], keys < vec4<u32>(end));
                rows.right[r] = select(vec4<f32>(MASKED_SCORE), rows.right[r], keys + 4u < vec4<u32>(end));
            }
        }

        for (var r = 0u; r < ROWS; r = r + 1u) {
            let both = max(rows.left[r], rows.right[r]);
            let top = max(largest[r], max(max(both.x, both.y), max(both.z, both.w)));
            let shrink = exp(largest[r] - top);
            largest[r] = top;
            rows.left[r] = exp(rows.left[r] - top);
            rows.right[r] = exp(rows.right[r] - top);
            total[r] = total[r] * shrink + dot(rows.left[r] + rows.right[r], vec4<f32>(1.0));
            for (var c = 0u; c < HEAD_VECTORS; c = c + 1u) {
                rows.output[r][c] *= shrink;
            }
        }

        mix(&rows, 0u, v[mine]);
        if (HEAD_VECTORS > 1u) { mix(&rows, 1u, v[mine + 1u]); }
        if (HEAD_VECTORS > 2u) { mix(&rows, 2u, v[mine + 2u]); }
        if (HEAD_VECTORS > 3u) { mix(&rows, 3u, v[mine + 3u]); }
        if (HEAD_VECTORS > 4u) { mix(&rows, 4u, v[mine + 4u]); }
        if (HEAD_VECTORS > 5u) { mix(&rows, 5u, v[mine + 5u]); }
        if (HEAD_VECTORS > 6u) { mix(&rows, 6u, v[mine + 6u]); }
        if (HEAD_VECTORS > 7u) { mix(&rows, 7u, v[mine + 7u]); }
        if (HEAD_VECTORS > 8u) { mix(&rows, 8u, v[mine + 8u]); }
        if (HEAD_VECTORS > 9u) { mix(&rows, 9u, v[mine + 9u]); }
        if (HEAD_VECTORS > 10u) { mix(&rows, 10u, v[mine + 10u]); }
        if (HEAD_VECTORS > 11u) { mix(&rows, 11u, v[mine + 11u]); }
        if (HEAD_VECTORS > 12u) { mix(&rows, 12u, v[mine + 12u]); }
        if (HEAD_VECTORS > 13u) { mix(&rows, 13u, v[mine + 13u]); }
        if (HEAD_VECTORS > 14u) { mix(&rows, 14u, v[mine + 14u]); }
        if (HEAD_VECTORS > 15u) { mix(&rows, 15u, v[mine + 15u]); }
    }

    for (var r = 0u; r < ROWS; r = r + 1u) {
        let row = first_query + r * WORKGROUP + lane;
        if (row < params.tokens_q) {
            for (var c = 0u; c < HEAD_VECTORS; c = c + 1u) {
                out[query_start + row * stride + c] = rows.output[r][c] / total[r];
            }
            lse[instance * params.tokens_q + row] = largest[r] + log(total[r]);
        }
    }
}
