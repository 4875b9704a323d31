#pragma once

#include <sys/types.h>

#include <vector>

namespace tidegate::bench {

/// Waits until every thread of the process sleeps, but the caller and those in `awake`: then what is measured next begins
/// from rest.
void wait_until_asleep(const std::vector<pid_t> &awake);

}  // namespace tidegate::bench
