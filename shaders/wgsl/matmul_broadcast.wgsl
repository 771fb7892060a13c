// The matmul by lanes that hand their values to each other: each lane of a subgroup holds four rows of x and reads one row
// of the weight in eight, which it broadcasts. For software drivers, where memory of a workgroup is no faster than any other
// and every read takes the time of fifty multiply-adds.
//
// `parts/matmul.wgsl` stands before this file. The prelude gives besides: const COLUMNS: u32 (32, or 8 for few columns; 32 where
// GATED). Subgroups must have at least eight lanes.

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) invocation: u32,
    @builtin(subgroup_invocation_id) lane: u32,
) {
    // Read once and before all loops: there, and only there, one read serves all lanes.
    let sizes = params;
    let row = ((sizes.first_line + workgroup.z * workgroups.y + workgroup.y) * WORKGROUP + invocation) * 4u;
    let patches = patches_of(sizes, row);
    // In quads of columns: eight for COLUMNS of 32, of which the last four are gates where GATED.
    let quads = select(COLUMNS / 4u, COLUMNS / 8u, GATED == 1u);
    let column = workgroup.x * quads;
    var row0 = column * 4u + lane % 8u;
    var row2 = row0 + 16u;
    if (GATED == 1u) {
        row2 = row0 + sizes.columns * 4u;
    }
    var sums0 = mat4x4<f32>();
    var sums1 = mat4x4<f32>();
    var sums2 = mat4x4<f32>();
    var sums3 = mat4x4<f32>();
    var sums4 = mat4x4<f32>();
    var sums5 = mat4x4<f32>();
    var sums6 = mat4x4<f32>();
    var sums7 = mat4x4<f32>();
    for (var tap = 0u; tap < sizes.taps; tap = tap + 1u) {
        let starts = stretches(sizes, patches, tap);
        let weight0 = row_of_weight(sizes, row0, tap);
        let weight1 = row_of_weight(sizes, row0 + 8u, tap);
        let weight2 = row_of_weight(sizes, row2, tap);
        let weight3 = row_of_weight(sizes, row2 + 8u, tap);
        for (var quad = 0u; quad < sizes.channels; quad = quad + 1u) {
            let rows = block_of_x(starts, quad);
            let own0 = quad_of_weight(sizes, weight0, quad);
            sums0[0] = add(sums0[0], rows, subgroupBroadcast(own0, 0u));
            sums0[1] = add(sums0[1], rows, subgroupBroadcast(own0, 1u));
            sums0[2] = add(sums0[2], rows, subgroupBroadcast(own0, 2u));
            sums0[3] = add(sums0[3], rows, subgroupBroadcast(own0, 3u));
            sums1[0] = add(sums1[0], rows, subgroupBroadcast(own0, 4u));
            sums1[1] = add(sums1[1], rows, subgroupBroadcast(own0, 5u));
            sums1[2] = add(sums1[2], rows, subgroupBroadcast(own0, 6u));
            sums1[3] = add(sums1[3], rows, subgroupBroadcast(own0, 7u));
            if (COLUMNS == 32u) {
                let own1 = quad_of_weight(sizes, weight1, quad);
                sums2[0] = add(sums2[0], rows, subgroupBroadcast(own1, 0u));
                sums2[1] = add(sums2[1], rows, subgroupBroadcast(own1, 1u));
                sums2[2] = add(sums2[2], rows, subgroupBroadcast(own1, 2u));
                sums2[3] = add(sums2[3], rows, subgroupBroadcast(own1, 3u));
                sums3[0] = add(sums3[0], rows, subgroupBroadcast(own1, 4u));
                sums3[1] = add(sums3[1], rows, subgroupBroadcast(own1, 5u));
                sums3[2] = add(sums3[2], rows, subgroupBroadcast(own1, 6u));
                sums3[3] = add(sums3[3], rows, subgroupBroadcast(own1, 7u));
                let own2 = quad_of_weight(sizes, weight2, quad);
                sums4[0] = add(sums4[0], rows, subgroupBroadcast(own2, 0u));
                sums4[1] = add(sums4[1], rows, subgroupBroadcast(own2, 1u));
                sums4[2] = add(sums4[2], rows, subgroupBroadcast(own2, 2u));
                sums4[3] = add(sums4[3], rows, subgroupBroadcast(own2, 3u));
                sums5[0] = add(sums5[0], rows, subgroupBroadcast(own2, 4u));
                sums5[1] = add(sums5[1], rows, subgroupBroadcast(own2, 5u));
                sums5[2] = add(sums5[2], rows, subgroupBroadcast(own2, 6u));
                sums5[3] = add(sums5[3], rows, subgroupBroadcast(own2, 7u));
                let own3 = quad_of_weight(sizes, weight3, quad);
                sums6[0] = add(sums6[0], rows, subgroupBroadcast(own3, 0u));
                sums6[1] = add(sums6[1], rows, subgroupBroadcast(own3, 1u));
                sums6[2] = add(sums6[2], rows, subgroupBroadcast(own3, 2u));
                sums6[3] = add(sums6[3], rows, subgroupBroadcast(own3, 3u));
                sums7[0] = add(sums7[0], rows, subgroupBroadcast(own3, 4u));
                sums7[1] = add(sums7[1], rows, subgroupBroadcast(own3, 5u));
                sums7[2] = add(sums7[2], rows, subgroupBroadcast(own3, 6u));
                sums7[3] = add(sums7[3], rows, subgroupBroadcast(own3, 7u));
            }
        }
    }
    if (GATED == 1u) {
        finish_block(sizes, row, column, sums0, sums4);
        finish_block(sizes, row, column + 1u, sums1, sums5);
        finish_block(sizes, row, column + 2u, sums2, sums6);
        finish_block(sizes, row, column + 3u, sums3, sums7);
    } else {
        finish_block(sizes, row, column, sums0, sums0);
        finish_block(sizes, row, column + 1u, sums1, sums1);
        if (COLUMNS == 32u) {
            finish_block(sizes, row, column + 2u, sums2, sums2);
            finish_block(sizes, row, column + 3u, sums3, sums3);
            finish_block(sizes, row, column + 4u, sums4, sums4);
            finish_block(sizes, row, column + 5u, sums5, sums5);
            finish_block(sizes, row, column + 6u, sums6, sums6);
            finish_block(sizes, row, column + 7u, sums7, sums7);
        }
    }
}
