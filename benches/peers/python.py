"""Scores of PyPI's kenlm beside ours, of each line of a text: python.py ARPA TEXT. Both packages must be installed."""

import sys,time
import kenlm as K
import ngram_lm
from ngram_lm import kenlm as O
L=[l.rstrip("\n") for l in open(sys.argv[2],encoding="utf8")]
a,b=K.Model(sys.argv[1]),O.Model(sys.argv[1])
d=max(abs(a.score(s)-b.score(s)) for s in L)
n=0;f=0
for s in L:
    x,y=list(a.full_scores(s)),list(b.full_scores(s))
    assert len(x)==len(y)
    for p,q in zip(x,y):
        n+=1; f=max(f,abs(p[0]-q[0])); assert p[1:]==q[1:],(s,p,q)
print(len(L),"sentences",n,"tokens, largest differences: score",d,"full_scores",f)
m=ngram_lm.Model.open(sys.argv[1])
def t(g):
    s=time.perf_counter(); g(); return (time.perf_counter()-s)/len(L)*1e6
best=[9e9]*3
for _ in range(9):
    for i,g in enumerate([lambda:[a.score(s) for s in L],lambda:[b.score(s) for s in L],lambda:m.score_many(L,threads=2)]):
        best[i]=min(best[i],t(g))
print("us a sentence: kenlm %.2f, ours %.2f (%.2fx), score_many, 2 threads %.2f (%.2fx)"%(best[0],best[1],best[0]/best[1],best[2],best[0]/best[2]))
