#pragma once

#include <string>
#include <vector>

/// Returns the word with the smallest edit distance from `typed` (changes, omissions, additions and exchanges of letters). Empty: no word is
/// near enough.
std::string nearest(const std::string &typed, const std::vector<std::string> &words);
