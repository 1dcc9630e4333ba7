// Top-k with error feedback. README.md says what is asked.
#include "app/lab/answer.h"

using namespace tandem;

// Every rank calls this, step after step, with a new gradient and the residual that the last step left.
static void exchange(Comm& comm, std::span<float> gradient, std::span<float> residual, std::size_t k) {
  (void)comm;
  (void)gradient;
  (void)residual;
  (void)k;
}

void answer(lab::Answer& mine) { mine.exchange = exchange; }
