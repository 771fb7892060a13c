
// Attention with an online softmax (Milakov and Gimelshein 2018; Dao et al. 2022): scores live in registers and workgroup
// memory alone. For q and out of [batch, tokens_q * pixels, heads * d], k and v of [batch, tokens_k * pixels, heads * d].
//
// A team of ACROSS x DOWN invocations takes a tile of queries of one head of one sequence. Each invocation owns four
// queries, four (or KEY_QUADS times four) keys of each tile of keys, and as many channels of the result. A workgroup holds
// several teams where sequences are short. Heads wider than 4 * HEAD_VECTORS are split: scores are summed over chunks of
// the head, and each chunk of the result is a workgroup's own, with its own copy of the scores.
//
// `parts/attention.wgsl` stands before this file. The prelude gives: const HEAD_VECTORS: u32 (a power of two, a multiple of ACROSS), const KEY_QUADS: u32,
// const ACROSS: u32 and const DOWN: u32 (powers of two), const TEAMS: u32, const WORKGROUP: u32 (all teams together).

const TEAM: u32 = ACROSS * DOWN;
// Queries of a tile: four for each invocation of a column.
const QUERIES: u32 = 4u * DOWN;
const KEYS: u32 = 4u * KEY_QUADS * ACROSS;
const KEY_VECTORS: u32 = KEY_QUADS * ACROSS;
const OUTPUT_VECTORS: u32 = HEAD_VECTORS / ACROSS;

var<workgroup> queries: array<vec4<f32>, TEAMS * QUERIES * HEAD_VECTORS>;
// Keys, then values.
var<workgroup> pairs: array<vec4<f32>, TEAMS * KEYS * HEAD_VECTORS>;
// What invocations of a row tell each other, then the weights of a tile.
var<workgroup> weights: array<vec4<f32>, TEAMS * QUERIES * KEY_VECTORS>;

// Places are permuted within a row, so that invocations that read neighbouring rows meet different memory banks.
fn query_place(row: u32, vector: u32) -> u32 {
    return row * HEAD_VECTORS + (vector ^ (row % HEAD_VECTORS));
}

// Four neighbouring keys are one invocation's and share a permutation.
fn key_place(key: u32, vector: u32) -> u32 {
    return key * HEAD_VECTORS + (vector ^ (key / 4u % HEAD_VECTORS));
}

fn weight_place(row: u32, vector: u32) -> u32 {
    return row * KEY_VECTORS + (vector ^ (row % KEY_VECTORS));
}

fn four_pairs(place: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        pairs[place],
        pairs[place + HEAD_VECTORS],
        pairs[place + 2u * HEAD_VECTORS],
        pairs[place + 3u * HEAD_VECTORS],
    );
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let team = lane / TEAM;
    let member = lane % TEAM;
    let across = member % ACROSS;
    let down = member / ACROSS;
    // A head of a sequence. Teams beyond the last work on zeros, so that all meet at every barrier.
    let group = params.first_group + workgroup.y * workgroups.x + workgroup.x;
    let parts = params.tiles * params.chunks;
    let instance = group / parts * TEAMS + team;
    let present = instance < params.batch * params.pixels * params.heads;
    let first_query = group % params.tiles * QUERIES;
    let first_output = group % parts / params.tiles * HEAD_VECTORS;
    let width = params.heads * params.head_vectors;
    let stride = params.pixels * width;
    let sequence = instance / params.heads;
    let start = sequence % params.pixels * width + instance % params.heads * params.head_vectors;
    let query_start = sequence / params.pixels * params.tokens_q * stride + start;
    let key_start = sequence / params.pixels * params.tokens_k * stride + start;
    let queries_start = team * QUERIES * HEAD_VECTORS;
    let pairs_start = team * KEYS * HEAD_VECTORS;
    let weights_start = team * QUERIES * KEY_VECTORS;
    // Where this row of invocations leaves word: a vector for each, one component for each query.
    let word_start = weights_start + down * ACROSS;

    var output: array<array<vec4<f32>, OUTPUT_VECTORS>, 4>;
    for (var r = 0u; r < 4u; r = r + 1u) {
        for (var c = 0u; c < OUTPUT_VECTORS; c = c + 1u) {
            output[r][c] = vec4<f32>(0.0);
        }
    }
    // One component for each query: the largest score so far, and this invocation's part of the sum of weights.
    var largest = vec4<f32>(MASKED_SCORE);
    var total = vec4<f32>(0.0);

    var visible_keys = params.tokens_k;
    if (params.mask == CAUSAL) {
        visible_keys = min(visible_keys, first_query + QUERIES);
    }
    for (var first_key = 0u; first_key < visible_keys; first_key = first_key + KEYS) {
        var scores: array<array<vec4<f32>, KEY_QUADS>, 4>;
        for (var r = 0u; r < 4u; r = r + 1u) {
            for (var c = 0u; c < KEY_QUADS; c = c + 1u) {
                scores[r][c] = vec4<f32>(0.0);
            }
        }
        for (var chunk = 0u; chunk < params.chunks; chunk = chunk + 1u) {
            let first_vector = chunk * HEAD_VECTORS;
            workgroupBarrier();
            // A head of one chunk stays for all tiles of keys.
            if (params.chunks > 1u || first_key == 0u) {
                for (var i = member; i < QUERIES * HEAD_VECTORS; i = i + TEAM) {
                    let query = first_query + i / HEAD_VECTORS;
                    let vector = first_vector + i % HEAD_VECTORS;
                    var value = vec4<f32>(0.0);
                    if (present && query < params.tokens_q && vector < params.head_vectors) {
                        value = q[query_start + query * stride + vector] * params.scale;
                    }
                    queries[queries_start + query_place(i / HEAD_VECTORS, i % HEAD_VECTORS)] = value;
                }
            }
            for (var i = member; i < KEYS * HEAD_VECTORS; i = i + TEAM) {
                let key = first_key + i / HEAD_VECTORS;
                let vector = first_vector + i % HEAD_VECTORS;
                var value = vec4<f32>(0.0);
                if (present && key < params.tokens_k && vector < params.head_vectors) {
                    value = k[key_start + key * stride + vector];
                }
                pairs[pairs_start + key_place(i / HEAD_VECTORS, i % HEAD_VECTORS)] = value;
            }
            workgroupBarrier();
            for (var vector = 0u; vector < HEAD_VECTORS; vector = vector + 1u) {
                var keys: array<mat4x4<f32>, KEY_QUADS>;
                for (var c = 0u; c < KEY_QUADS; c = c + 1u) {
                    keys[c] = four_pairs(pairs_start + key_place(4u * (across + ACROSS * c), vector));
                }
                for (var r = 0u; r < 4u; r = r + 1u) {
                    let query = queries[queries_start + query_place(down + DOWN * r, vector)];
                    for (var c = 0u; c < KEY_QUADS; c = c + 1u) {
                        scores[r][c] += query * keys[c];
                    }
                }
            }
        }

        let partly_masked = first_key + KEYS > params.tokens_k || params.mask == CAUSAL;
        var peaks = vec4<f32>(MASKED_SCORE);
        for (var r = 0u; r < 4u; r = r + 1u) {
            var end = params.tokens_k;
            if (params.mask == CAUSAL) {
                end = min(end, first_query + down + DOWN * r + 1u);
            }
            for (var c = 0u; c < KEY_QUADS; c = c + 1u) {
                if (partly_masked) {
                    let keys = vec4<u32>(first_key + 4u * (across + ACROSS * c)) + vec4<u32>(0u, 1u, 2u, 3u);
                    scores[r][c] = select(vec4<f32>(MASKED_SCORE), scores[r][c], keys < vec4<u32>(end));
                }
                let both = max(scores[r][c].xy, scores[r][c].zw);
                peaks[r] = max(peaks[r], max(both.x, both.y));
            }
        }
        weights[word_start + across] = peaks;
        workgroupBarrier();
        // The keys have been used: values come in their place.
        for (var i = member; i < KEYS * HEAD_VECTORS; i = i + TEAM) {
            let key = first_key + i / HEAD_VECTORS;
            let vector = first_output + i % HEAD_VECTORS;
            var value = vec4<f32>(0.0);
            if (present && key < params.tokens_k && vector < params.head_vectors) {
                value = v[key_start + key * stride + vector];
            }
            pairs[pairs_start + i] = value;
        }
        var top = largest;
        for (var other = 0u; other < ACROSS; other = other + 1u) {
            top = max(top, weights[word_start + other]);
        }
        let shrink = exp(largest - top);
        largest = top;
        total *= shrink;
        workgroupBarrier();
        for (var r = 0u; r < 4u; r = r + 1u) {
            for (var c = 0u; c < KEY_QUADS; c = c + 1u) {
                let weight = exp(scores[r][c] - largest[r]);
                total[r] += weight.x + weight.y + weight.z + weight.w;
                weights[weights_start + weight_place(down + DOWN * r, across + ACROSS * c)] = weight;
            }
            for (var c = 0u; c < OUTPUT_VECTORS; c = c + 1u) {
                output[r][c] *= shrink[r];
            }
        }
        workgroupBarrier();
        for (var quad = 0u; quad < KEY_VECTORS; quad = quad + 1u) {
            var values: array<mat4x4<f32>, OUTPUT_VECTORS>;
            for (var c = 0u; c < OUTPUT_VECTORS; c = c + 1u) {
                values[c] = four_pairs(pairs_start + 4u * quad * HEAD_VECTORS + across + ACROSS * c);
            }
            for (var r = 0u; r < 4u; r = r + 1u) {
                let weight = weights[weights_start + weight_place(down + DOWN * r, quad)];
                for (var c = 0u; c < OUTPUT_VECTORS; c = c + 1u) {
                    output[r][c] += values[c] * weight;
                }
            }
        }
    }

    workgroupBarrier();
    weights[word_start + across] = total;
    workgroupBarrier();
    total = vec4<f32>(0.0);
    for (var other = 0u; other < ACROSS; other = other + 1u) {
        total += weights[word_start + other];
    }
    for (var r = 0u; r < 4u; r = r + 1u) {
        let query = first_query + down + DOWN * r;
        if (present && query < params.tokens_q) {
            for (var c = 0u; c < OUTPUT_VECTORS; c = c + 1u) {
                let vector = first_output + across + ACROSS * c;
                if (vector < params.head_vectors) {
                    out[query_start + query * stride + vector] = output[r][c] / total[r];
                }
            }
            if (across == 0u && first_output == 0u) {
                lse[instance * params.tokens_q + query] = largest[r] + log(total[r]);
            }
        }
    }
}
