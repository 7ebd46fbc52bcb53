/* Inner loops of edge_max.py, compiled on first use where a C compiler is found.
 * The torch code there gives the same result, five to twenty times slower. */
#include <stdint.h>

#define LANES 16
#define DIMS 8

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));
typedef int32_t LaneIds __attribute__((vector_size(LANES * sizeof(int32_t)), aligned(4)));

/* out[i,c] = max_j h[index[i,j],c] + sum_d edge[i,j,d] * weight[d,c];  which[i,c] = the j that won.
 * `edge` has DIMS numbers a neighbour and `channels` is a multiple of LANES: the caller sees to both. */
void edge_max_forward(const float *h, const int32_t *index, const float *edge, const float *weight, float *out,
                      uint8_t *which, int64_t n, int64_t k, int64_t channels) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t c0 = 0; c0 < channels; c0 += LANES) {
            Lanes w[DIMS], best = {0};
            LaneIds winner = {0};
            for (int d = 0; d < DIMS; d++) w[d] = *(const Lanes *)(weight + d * channels + c0);
            for (int64_t j = 0; j < k; j++) {
                const float *e = edge + (i * k + j) * DIMS;
                Lanes sum = *(const Lanes *)(h + (int64_t)index[i * k + j] * channels + c0);
                for (int d = 0; d < DIMS; d++) sum += e[d] * w[d];
                if (j == 0) {
                    best = sum;
                } else {
                    const LaneIds wins = sum > best;
                    best = (Lanes)(((LaneIds)sum & wins) | ((LaneIds)best & ~wins));
                    winner = (wins & (int32_t)j) | (winner & ~wins);
                }
            }
            *(Lanes *)(out + i * channels + c0) = best;
            for (int c = 0; c < LANES; c++) which[i * channels + c0 + c] = (uint8_t)winner[c];
        }
}

/* grad_h and grad_weight must come in as zeros. */
void edge_max_backward(const float *grad, const int32_t *index, const float *edge, const uint8_t *which,
                       float *grad_h, float *grad_weight, int64_t n, int64_t k, int64_t channels) {
    for (int64_t i = 0; i < n; i++) {
        const float *g = grad + i * channels;
        const uint8_t *won = which + i * channels;
        for (int64_t c = 0; c < channels; c++) grad_h[(int64_t)index[i * k + won[c]] * channels + c] += g[c];
        for (int64_t c0 = 0; c0 < channels; c0 += LANES) {
            const Lanes gv = *(const Lanes *)(g + c0);
            const float *e[LANES];
            for (int c = 0; c < LANES; c++) e[c] = edge + (i * k + won[c0 + c]) * DIMS;
            for (int d = 0; d < DIMS; d++) {
                Lanes ev;
                for (int c = 0; c < LANES; c++) ev[c] = e[c][d];
                *(Lanes *)(grad_weight + d * channels + c0) += gv * ev;
            }
        }
    }
}
