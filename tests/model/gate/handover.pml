/* A policy in the place of another, while sessions come and go: sdk/src/core/policy_doors.cpp and admission.cpp,
 * sdk/src/plugins/policies.cpp.
 *
 * Both policies let in LIMIT sessions. Workers admit and release; a reloader puts one list after another in force, each time
 * with another door, and exchanges the words of the records. Checked by assertion:
 *   - never are more sessions live than LIMIT, whoever was asked;
 *   - each yes, and each session that the heir has taken over, is answered once by released or cancelled, to the one that said it;
 *   - who is named by a record's word is in the list of whoever takes that word;
 *   - nothing calls the old one once it is closed.
 *
 * A door is one step each here, in and out: that a gate is, is gate_percpu.pml's and gate_shared.pml's.
 *
 * WORKERS; RECORDS; MAXN: how often a worker asks. */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef RECORDS
#define RECORDS 2
#endif
#ifndef MAXN
#define MAXN 2
#endif
#define LIMIT 1
#define DOORS 3

/* The lists, in the order in which they are put in force. */
#define ALONE 0    /* the old one is asked */
#define TAKING 1   /* and the heir takes over what that says yes to */
#define BOTH 2     /* both are asked */
#define LEAVING 3  /* the heir is asked, the old one only told */
#define ITSELF 4   /* the old one is not in it */
byte list = ALONE;

/* A record's word: who has said yes, and when that was. */
#define OLD 1
#define HEIR 2
#define BEFORE 4
#define SINCE 8
byte word[RECORDS];
bit taken[RECORDS];

bit open[DOORS];
byte inside[DOORS];
byte current = 0;

/* The policies: whom they count, which is what they have still to be told of. */
byte old_counts = 0, heir_counts = 0;
bit old_closed = 0;

byte live = 0, working = WORKERS;

bit limit_holds = 1, old_is_open = 1, all_are_in_the_list = 1, none_is_owed = 1, told_once = 1;
#define must(what, so) what = (so); assert(what)

inline old_told() {
  atomic {
    must(old_is_open, !old_closed);
    must(told_once, old_counts > 0);
    old_counts--
  }
}
inline heir_told() {
  atomic {
    must(told_once, heir_counts > 0);
    heir_counts--
  }
}

inline enter() {
  do
  :: door = current;
     atomic {
       if
       :: open[door] -> inside[door]++; break
       :: else -> skip
       fi
     }
  od
}
inline leave() { inside[door]-- }

inline ask() {
  yes = 0; refused = 0;
  if
  :: has <= BOTH ->
     atomic {
       must(old_is_open, !old_closed);
       if
       :: old_counts < LIMIT -> old_counts++; yes = OLD
       :: else -> refused = 1
       fi
     }
  :: else -> skip
  fi;
  if
  :: has == TAKING && yes == OLD -> atomic { heir_counts++; yes = yes | HEIR }
  :: has >= BOTH && !refused ->
     atomic {
       if
       :: heir_counts < LIMIT -> heir_counts++; yes = yes | HEIR
       :: else -> refused = 1
       fi
     }
  :: else -> skip
  fi
}

inline tell() {
  if :: yes & OLD -> old_told() :: else -> skip fi;
  if :: yes & HEIR -> heir_told() :: else -> skip fi
}

inline release() {
  live--;  /* retired: it is over, whoever is told of it when */
  enter();
#ifdef LIST_AFTER_WORD
  atomic { yes = word[at]; word[at] = 0 }
  has = list;
#elif defined(WORD_IN_TWO_STEPS)
  has = list;
  yes = word[at];
  word[at] = 0;
#else
  has = list;
  atomic { yes = word[at]; word[at] = 0 }
#endif
  must(all_are_in_the_list, !((yes & OLD) && has == ITSELF) && !((yes & HEIR) && has == ALONE));
  tell();
  leave();
  taken[at] = 0
}

proctype worker() {
  byte at, door, has, yes, n = 0;
  bit refused;
  do
  :: n < MAXN ->
     n++;
     atomic { if :: !taken[0] -> at = 0 :: RECORDS > 1 && !taken[RECORDS - 1] -> at = RECORDS - 1 fi; taken[at] = 1 }
     enter();
     has = list;
     ask();
     if
     :: !refused -> skip
     :: !refused -> refused = 1  /* by the gate, or by another policy */
     :: else -> skip
     fi;
     if
     :: refused -> tell(); taken[at] = 0; leave()
     :: else ->
        atomic {
          word[at] = yes | (has == ALONE -> BEFORE : SINCE);
          live++;
          must(limit_holds, live <= LIMIT)
        }
        leave();
        release()
     fi
  :: else -> break
  od;
  working--
}

inline settle() {
  (inside[(current + 1) % DOORS] == 0 && inside[(current + 2) % DOORS] == 0)
}
inline turn() {
  next = (current + 1) % DOORS;
  (inside[next] == 0);
  open[next] = 1;
  now_shut = current;
  current = next;
  open[now_shut] = 0
}
inline put(which) {
#ifdef LIST_AFTER_DOOR
  turn();
  list = which;
#else
  list = which;
  turn();
#endif
  settle()
}

proctype reloader() {
  byte at, w, after, next, now_shut;
#ifdef NOT_SETTLED
  list = TAKING; turn();
#else
  put(TAKING);
#endif

  /* hand_over() */
  at = 0;
  do
  :: at < RECORDS ->
     w = word[at];
     if
#ifdef NO_STAMP
     :: w != 0 ->
#else
     :: w != 0 && !(w & SINCE) ->
#endif
        after = (w & (OLD | HEIR)) | SINCE;
        if :: w & OLD -> atomic { heir_counts++; after = after | HEIR } :: else -> skip fi;
        atomic {
          if
          :: word[at] == w -> word[at] = after; after = 0
          :: else -> skip
          fi
        }
        if :: after & HEIR -> heir_told() :: else -> skip fi
     :: else -> skip
     fi;
     at++
  :: else -> break
  od;

#ifndef NEVER_BOTH
  put(BOTH);
#endif
  put(LEAVING);

  /* let_go() */
  at = 0;
  do
  :: at < RECORDS ->
     w = word[at];
     if
#ifdef LIVE_ONLY
     :: (w & OLD) && live > 0 ->
#else
     :: w & OLD ->
#endif
        atomic {
          if
          :: word[at] == w -> word[at] = w & ~OLD
          :: else -> w = 0
          fi
        }
        if :: w & OLD -> old_told() :: else -> skip fi
     :: else -> skip
     fi;
     at++
  :: else -> break
  od;

#ifdef NOT_WAITED_FOR
  list = ITSELF;
#else
  put(ITSELF);
#endif
  atomic {
    old_closed = 1;
    must(none_is_owed, old_counts == 0)
  }
  (working == 0);
  must(none_is_owed, old_counts == 0 && heir_counts == 0 && live == 0)
}

init {
  atomic {
    byte i = 0;
    open[0] = 1;
    do :: i < WORKERS -> run worker(); i++ :: else -> break od;
    run reloader()
  }
}
