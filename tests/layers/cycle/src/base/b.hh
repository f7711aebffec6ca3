  #  include "base/c.hh"
