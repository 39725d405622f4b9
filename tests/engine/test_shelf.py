"""Other articles while the till sells: the next line has them, the basket keeps its own, and the screens follow."""

from tests.doubles.articles import InMemoryArticles, article
from tests.engine.test_engine import Till
from till.domain.catalogue import Unit
from till.domain.faults import Fault, FaultCode, RefusalCode
from till.domain.intents import AddArticle
from till.engine.article_ports import ArticlesChanged
from till.engine.wishes import FindArticles, Weigh

OLD, NEW = article("1001", price_minor=3990, favourite="A"), article("1001", price_minor=4190)
LEMON = article("1006", "Sitron", favourite="A")
CHEESE, DEARER = article("1002", "Gulost", 15976, unit=Unit.KG), article("1002", "Gulost", 16976, unit=Unit.KG)
NOT_TAKEN = Fault(FaultCode.ARTICLES_NOT_TAKEN)


class ChangingArticles(InMemoryArticles):
    """Articles that turn to others when they are told to, or say why not."""

    def __init__(self) -> None:
        super().__init__((OLD, CHEESE))
        self.fault: Fault | None = None

    def renew(self) -> Fault | None:
        if self.fault is None:
            self._articles = (NEW, DEARER, LEMON)
        return self.fault


def till_and_articles() -> tuple[Till, ChangingArticles]:
    articles = ChangingArticles()
    return Till(articles=articles, renew_articles=articles.renew), articles


def prices(till: Till) -> list[int]:
    sale = till.shown.state.sale
    assert sale is not None
    return [line.price.minor for line in sale.basket.lines]


def test_a_running_basket_keeps_its_lines_and_the_next_one_has_the_new_price() -> None:
    till, _ = till_and_articles()
    till.take(AddArticle("1001"), AddArticle("1006"))
    assert till.notice() is RefusalCode.ARTICLE_UNKNOWN
    till.take(ArticlesChanged(None), AddArticle("1006"), AddArticle("1001"))
    assert prices(till) == [3990, LEMON.price.minor, 4190]


def test_favourites_search_and_weighing_follow() -> None:
    till, _ = till_and_articles()
    till.take(FindArticles("sitron"), Weigh("1002"))
    assert till.shown.favourites == (OLD,)
    till.take(FindArticles("sitron"), ArticlesChanged(None))
    assert till.shown.favourites == (LEMON,)
    assert till.shown.around.found is not None
    assert till.shown.around.found.articles == (LEMON,)
    assert till.shown.around.weighing == DEARER


def test_articles_that_cannot_be_used_are_said_and_the_till_sells_on() -> None:
    till, articles = till_and_articles()
    articles.fault = NOT_TAKEN
    till.take(ArticlesChanged(None), AddArticle("1001"))
    assert till.shown.around.articles_fault == NOT_TAKEN
    assert prices(till) == [3990]
    articles.fault = None
    till.take(ArticlesChanged(None))
    assert till.shown.around.articles_fault is None
    till.take(ArticlesChanged(NOT_TAKEN))
    assert till.shown.around.articles_fault == NOT_TAKEN
