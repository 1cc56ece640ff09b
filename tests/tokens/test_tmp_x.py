import time
from random import Random
from tests.tokens.test_refresh_chain_rows import *
def test_x(new_rows, traveller):
    for seed in range(12):
        traveller.move_to(START); t=time.perf_counter(); c=time.process_time()
        w=be_busy_for_a_day(RowWorld(Random(seed), new_rows(), traveller))
        print(seed, len(w.grants), max((n for _,n in w.grants),default=0), round(time.perf_counter()-t,2), round(time.process_time()-c,2))
