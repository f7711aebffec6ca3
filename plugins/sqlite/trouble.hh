#pragma once
// What is wrong with a store, thrown within this plugin and turned into a status and a text at its border.

#include <flowrun/cxx/queue.hh>

namespace flowrun::sqlite {

using Trouble = sdk::QueueError;

}  // namespace flowrun::sqlite
