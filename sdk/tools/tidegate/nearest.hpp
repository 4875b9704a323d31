#pragma once

#include <string>
#include <vector>

/// The word that `typed` is most likely meant to be: the one that the fewest letters must be changed, left out, added or
/// exchanged for. Empty: none is near enough.
std::string nearest(const std::string &typed, const std::vector<std::string> &words);
