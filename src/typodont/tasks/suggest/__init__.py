"""Which unlabelled case to label next: those that the network doubts and that are like nothing labelled so far."""

from typodont.tasks.suggest.ranking import Ranking, Suggestion, rank
from typodont.tasks.suggest.result import check_free, ranking_table, write_ranking

__all__ = ["Ranking", "Suggestion", "check_free", "rank", "ranking_table", "write_ranking"]
