/* The gate of one service whose cells are shared: shards of atomics (sdk/src/core/gate.cpp, cells.cpp), step by step.
 *
 * Workers pass and leave, each in its own shard; control opens, shuts, calls off and shuts again. A step of a worker is one
 * access to memory that others write. The assertions are those of gate_percpu.pml.
 *
 * -DTSO: as x86 orders: the plain stores there are, all of them control's in Cells::open(), wait in its store buffer,
 * oldest first, for as long as they like; a locked operation of the same processor waits until the buffer is empty. Workers
 * store nothing plainly: their buffers are always empty. -DNO_FLUSH shows that the locked operations have to flush.
 *
 * MAXN: how often each worker is let in. ROUNDS: epochs. -DSTORM: worker 1 asks only while the gate is shut, and as often
 * as it likes. -DLTL: also that the last drain ends, come what may, with worker 1 asking for ever. */
#ifndef MAXN
#define MAXN 1
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#define T 2
#define SHARDS 2

/* Entrance and cells: closed bit and number; a number that is closed is noise. */
bit entrance = 0;
#define IN 0
#define OUT 1
#define of(lane, shard) ((lane) * SHARDS + (shard))
bit closed[2 * SHARDS];
short cells[2 * SHARDS];

/* The word: its three parts are changed in one step. */
bit draining = 1, sealed = 0;
short count = 0;
#define shut_now (draining || sealed)

bit rung = 0;         /* the steward has been woken */
byte on_the_way = 0;  /* those that will wake it */

/* Ghosts: what somebody outside knows. */
short live = 0;        /* admitted, less released */
byte held = 0;         /* what the workers may still release, each of them any of it */
bit drained_said = 1;  /* and not opened since; a new gate is drained */
byte times_said = 0;   /* in this epoch */
bit over = 0;          /* the last drain has been said */

/* What must be so; by name, so that an error says it. */
bit nothing_after_drained = 1, drained_once = 1, drained_is_empty = 1, drained_at_last = 1, drained_before_open = 1,
    shut_is_exact = 1, word_is_exact = 1;
#define must(what, so) what = (so); assert(what)

inline come() { live++; held++; must(nothing_after_drained, !drained_said) }
inline go() { live-- }
inline exact() { must(word_is_exact, !shut_now || (count == live && count >= 0)) }

inline announce() {
  atomic {
    times_said++; drained_said = 1;
    must(drained_once, times_said == 1);
    must(drained_is_empty, live == 0)
  }
}

/* Control's store buffer: cells that become open and 0, by their place; then the entrance. */
#ifdef TSO
#define ENTRANCE 4
chan buffer = [5] of { byte };
#endif
#if defined(TSO) && !defined(NO_FLUSH)
#define LOCKED len(buffer) == 0 ->
#else
#define LOCKED true ->
#endif

inline store(where) {
#ifdef TSO
  buffer!where
#else
  atomic { arrive(where) }
#endif
}
inline arrive(where) {
  if
  :: where == 2 * SHARDS -> entrance = 1
#ifdef OPEN_UNDOES_NOISE
  :: else -> closed[where] = 0
#else
  :: else -> closed[where] = 0; cells[where] = 0
#endif
  fi
}
#ifdef TSO
active proctype store_buffer() {
  byte where;
end:
  do
  :: atomic { nempty(buffer) -> buffer?where; arrive(where); where = 0 }
  od
}
#endif

inline counted_one(lane, done) {
  done = 1;
  if :: lane == IN -> come() :: else -> go() fi
}

/* Cells::add_shared(): load the entrance, look at the cell, add; the old value says whether it was still open. */
inline add(lane, done) {
  if
  :: !entrance
  :: entrance ->
     if
     :: closed[of(lane, me)]
     :: !closed[of(lane, me)] ->
        atomic {
          cells[of(lane, me)]++;
#ifdef NO_CLOSED_BIT_TEST
          counted_one(lane, done)
#else
          if :: !closed[of(lane, me)] -> counted_one(lane, done) :: else fi
#endif
        }
     fi
  fi
}

/* pass_lane() at the word: ordinary work, or work that the permission table permits inside (a child, an emergency). */
inline pass_lane(done) {
  atomic {
    if
    :: !shut_now -> count++; done = 1; come()
    :: draining && !sealed && count != 0 -> count++; done = 1; come()  /* Pass::inside */
    :: shut_now -> done = 0
    fi;
    exact()
  }
}

/* leave_lane() at the word. */
inline leave_lane(last) {
  atomic {
    count--; go();
    last = (count == 0 && shut_now);
    if :: last -> on_the_way++ :: else fi;
    exact()
  }
}

#ifdef STORM
#define asks (me == 0 || shut_now)
#else
#define asks true
#endif
#ifdef LTL
#define may_ask (asks && held == 0)  /* who would rather ask than leave, for ever, ends no drain */
#else
#define may_ask asks
#endif

proctype worker(byte me) {
  byte n;
  bit done;
  do
  :: atomic { n < MAXN && may_ask -> n++ };
     add(IN, done);
     if
     :: done
     :: else -> pass_lane(done);
#ifdef STORM
        if :: !done && me == 1 -> n-- :: else fi
#endif
     fi;
     done = 0
  :: atomic { held > 0 -> held-- };
     add(OUT, done);
     if
     :: done -> done = 0
     :: else -> leave_lane(done);
        if
        :: done -> atomic { rung = 1; on_the_way--; done = 0 }
        :: else
        fi
     fi
  :: n < MAXN -> n = MAXN  /* stops asking */
  :: n == MAXN && held == 0 -> break
  od
}

/* Cells::close() of a cell: the exchange sets the bit and returns exactly what had been counted. */
inline take(place) {
#ifdef CLOSE_LOADS
  value = cells[place];
  atomic { LOCKED closed[place] = 1 };
#else
  atomic { LOCKED value = cells[place]; closed[place] = 1 };
#endif
  counted = (place < SHARDS -> counted + value : counted - value);
  value = 0
}

/* Nothing is done when the cells are closed: what is in them is noise. */
inline slow_down() {
  if
#ifdef DOUBLE_SUM
  :: true ->
#else
  :: !cells_open
  :: cells_open ->
#endif
     i = 0;
#ifdef CLOSE_ONE_SHARD
     do :: i < 2 * SHARDS - 1 -> take(i); i++ :: else -> break od;
#else
     do :: i < 2 * SHARDS -> take(i); i++ :: else -> break od;
#endif
     atomic { LOCKED count = count + counted; counted = 0; i = 0; cells_open = 0; exact() }
  fi
}

/* shut() and seal(); `found`: who is inside. */
inline shut(seal) {
  slow_down();
  atomic {
    LOCKED draining = 1; sealed = seal;
    found = count;
    must(shut_is_exact, found == live)
  }
}

inline open() { atomic { LOCKED must(drained_before_open, drained_said); draining = 0; sealed = 0; drained_said = 0 } }

inline speed_up() {
  cells_open = 1;
#ifdef ENTRANCE_BEFORE_CELLS
  store(2 * SHARDS);
#endif
  i = 0;
  do :: i < 2 * SHARDS -> store(i); i++ :: else -> break od;
  i = 0;
#ifndef ENTRANCE_BEFORE_CELLS
  store(2 * SHARDS)
#endif
}

inline open_gate() {
#ifdef SPEED_UP_BEFORE_OPEN
  speed_up(); open()
#else
  open(); speed_up()
#endif
}

inline open_unless_drained(opened) {
  atomic {
    LOCKED
    if
    :: count == 0 -> opened = 0
    :: else -> must(drained_before_open, live != 0); opened = 1; draining = 0; sealed = 0
    fi
  }
}

proctype control() {
  byte i, round;
  short counted, value, found;
  bit cells_open, again, seal, opened;
  open_gate();
  do
  :: round < ROUNDS -> round++;
     times_said = 0;
     slow_down();  /* Service::ask(); then that of shut() finds it done */
     if :: seal = 0 :: seal = 1 fi; shut(seal);
     if
     :: found == 0 -> announce()
     :: else ->
        do
        /* Service::attend(): because it was woken, or for another reason while whoever wakes it is on its way. */
        :: atomic { rung -> rung = 0 };
           if :: count == 0 -> announce(); break :: else fi
        :: atomic { on_the_way > 0 && count == 0 }; announce(); break
        /* stop_now, or a drain again, of a gate that was sealed; once, so that the rest has to come about by itself. */
        :: atomic { !again -> again = 1; if :: seal = 0 :: seal = 1 fi };
           shut(seal);
           if :: found == 0 -> announce(); break :: else fi
        :: round < ROUNDS ->
           open_unless_drained(opened);
           if :: opened -> opened = 0; speed_up(); goto next :: else -> announce(); break fi
        :: timeout -> must(drained_at_last, drained_said)  /* all have left, and nobody says it */
        od
     fi;
     atomic { found = 0; again = 0; seal = 0 };
     if :: round == ROUNDS -> break :: else fi;
     open_gate();
next:
     atomic { found = 0; again = 0; seal = 0 }
  od;
  must(drained_at_last, times_said == 1 && drained_said && live == 0);
  over = 1
}

init {
  atomic { run worker(0); run worker(1); run control() }
}

#ifdef LTL
ltl completes { <> over }
#endif
