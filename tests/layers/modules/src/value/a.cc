#include "value/a.hh"
#include "value/b.hh"
