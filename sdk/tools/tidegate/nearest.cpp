#include "nearest.hpp"

#include <algorithm>

namespace {

/// Returns the Damerau distance of two words: two letters in the wrong order are one mistake.
std::size_t distance(const std::string &a, const std::string &b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string nearest(const std::string &typed, const std::vector<std::string> &words) {
  std::string best;
  std::size_t least = std::max<std::size_t>(1, std::min<std::size_t>(typed.size() / 3, 3)) + 1;
  if (typed.size() > 64) return best;
  for (const std::string &word : words) {
    const bool begins = typed.size() >= 3 && word.starts_with(typed);  // the typed text is the beginning of the word
    const std::size_t mistakes = begins ? 0 : distance(typed, word);
    if (mistakes >= least) continue;
    least = mistakes;
    best = word;
  }
  return best;
}
