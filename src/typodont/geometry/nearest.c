/* Inner loop of neighbours.py; compiled on first use where a C compiler is found, else scipy does the work. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The k nearest of `points` to each query, nearest first, by a grid of cells of side `cell` (mm).
 * Rings of cells are searched until the k-th distance is closer than the next ring; -1 where there are fewer. */
void nearest_in_grid(const float *points, int64_t n, const float *queries, int64_t m, int64_t k, float cell,
                     int32_t *out) {
    float low[3], high[3];
    for (int a = 0; a < 3; a++) low[a] = high[a] = points[a];
    for (int64_t i = 1; i < n; i++)
        for (int a = 0; a < 3; a++) {
            const float v = points[3 * i + a];
            if (v < low[a]) low[a] = v;
            if (v > high[a]) high[a] = v;
        }
    int64_t size[3];
    for (int a = 0; a < 3; a++) size[a] = (int64_t)((high[a] - low[a]) / cell) + 1;
    const int64_t cells = size[0] * size[1] * size[2];
    const int64_t reach = size[0] > size[1] ? (size[0] > size[2] ? size[0] : size[2]) : (size[1] > size[2] ? size[1] : size[2]);
    int32_t *start = calloc((size_t)cells + 1, sizeof(int32_t));
    int32_t *cell_of = malloc((size_t)n * sizeof(int32_t));
    int32_t *order = malloc((size_t)n * sizeof(int32_t));
    float *sorted = malloc((size_t)n * 3 * sizeof(float));
    float *near_d = malloc((size_t)k * sizeof(float));
    for (int64_t i = 0; i < n; i++) {
        int64_t id = 0;
        for (int a = 0; a < 3; a++) id = id * size[a] + (int64_t)((points[3 * i + a] - low[a]) / cell);
        cell_of[i] = (int32_t)id;
        start[id + 1]++;
    }
    for (int64_t id = 0; id < cells; id++) start[id + 1] += start[id];
    int32_t *fill = malloc((size_t)cells * sizeof(int32_t));
    memcpy(fill, start, (size_t)cells * sizeof(int32_t));
    for (int64_t i = 0; i < n; i++) {
        const int32_t at = fill[cell_of[i]]++;
        order[at] = (int32_t)i;
        memcpy(sorted + 3 * at, points + 3 * i, 3 * sizeof(float));
    }
    for (int64_t q = 0; q < m; q++) {
        const float *p = queries + 3 * q;
        int32_t *ids = out + q * k;
        int64_t found = 0, centre[3];
        float margin = cell; /* distance from p to the wall of its own cell, the least over the axes */
        for (int a = 0; a < 3; a++) {
            const float t = (p[a] - low[a]) / cell;
            centre[a] = (int64_t)floorf(t);
            const float inside = (t - (float)centre[a]) * cell;
            if (inside < margin) margin = inside;
            if (cell - inside < margin) margin = cell - inside;
        }
        int64_t far = 0; /* rings needed before a query outside the grid touches it */
        for (int a = 0; a < 3; a++) {
            if (-centre[a] > far) far = -centre[a];
            if (centre[a] - size[a] + 1 > far) far = centre[a] - size[a] + 1;
        }
        for (int64_t ring = 0; ring <= reach + far; ring++) {
            for (int64_t x = centre[0] - ring; x <= centre[0] + ring; x++) {
                if (x < 0 || x >= size[0]) continue;
                for (int64_t y = centre[1] - ring; y <= centre[1] + ring; y++) {
                    if (y < 0 || y >= size[1]) continue;
                    const int shell = llabs(x - centre[0]) == ring || llabs(y - centre[1]) == ring;
                    const int64_t step = shell || ring == 0 ? 1 : 2 * ring;
                    for (int64_t z = centre[2] - ring; z <= centre[2] + ring; z += step) {
                        if (z < 0 || z >= size[2]) continue;
                        const int64_t id = (x * size[1] + y) * size[2] + z;
                        for (int32_t at = start[id]; at < start[id + 1]; at++) {
                            const float dx = sorted[3 * at] - p[0], dy = sorted[3 * at + 1] - p[1],
                                        dz = sorted[3 * at + 2] - p[2];
                            const float d = dx * dx + dy * dy + dz * dz;
                            if (found == k && d >= near_d[k - 1]) continue;
                            int64_t slot = found < k ? found++ : k - 1;
                            for (; slot > 0 && near_d[slot - 1] > d; slot--)
                                near_d[slot] = near_d[slot - 1], ids[slot] = ids[slot - 1];
                            near_d[slot] = d;
                            ids[slot] = order[at];
                        }
                    }
                }
            }
            const float safe = margin + (float)ring * cell;
            if (found == k && near_d[k - 1] <= safe * safe) break;
        }
        for (; found < k; found++) ids[found] = -1;
    }
    free(start), free(cell_of), free(order), free(sorted), free(near_d), free(fill);
}
