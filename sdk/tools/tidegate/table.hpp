#pragma once

#include <string>
#include <vector>

/// Rows under a head, each column as wide as its widest cell, for a terminal.
class Table {
 public:
  explicit Table(std::vector<std::string> head) { add(std::move(head)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// "a, b, c"; of more than eight the first eight and how many more there are: other users can plant thousands of folders and sockets.
std::string listed(const std::vector<std::string> &parts);

/// How many columns of a terminal a text takes: two for the characters of East Asia and for emoji, none for marks that
/// combine.
std::size_t width_of(const std::string &text);

/// The text, or what fits of it in so many columns, with "…" at its end.
std::string cut_to_width(const std::string &text, std::size_t columns);
