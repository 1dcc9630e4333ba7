// A ring all-reduce. README.md says what is asked.
#include "app/lab/answer.h"

using namespace tandem;

// Every rank calls this. Before: each has values of its own in `data`. Afterwards: every rank's `data` holds the sum.
static void all_reduce(Comm& comm, Slice data) {
  (void)comm;
  (void)data;
}

void answer(lab::Answer& mine) { mine.all_reduce = all_reduce; }
