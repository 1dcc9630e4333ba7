// Work sharing on uneven hosts. README.md says what is asked.
#include "app/lab/answer.h"

using namespace tandem;

// Every rank calls this. work(task) does a task; each of 0 .. tasks-1 must be done once, by any rank.
static void share(Comm& comm, int tasks, const std::function<void(int task)>& work) {
  (void)comm;
  (void)tasks;
  (void)work;
}

void answer(lab::Answer& mine) { mine.share = share; }
