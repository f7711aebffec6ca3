#include "base/b.hh"
