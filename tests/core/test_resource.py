from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.resource import Desired


def test_the_longest_inherited_prefix_says_where_a_value_was_written() -> None:
    own = Origin("b.yaml", 0, 4, "/parameters")
    layer, cell = Origin("layer.yaml", 0, 1, "/parameters/wifi"), Origin("nl.csv", 0, 7)
    item = Desired(
        ResourceId("Bootstrap", "b1"), {}, own, inherited={"/wifi": layer, "/wifi/0/ssid": cell}
    )
    assert item.origin_of("/wifi/0/ssid") == cell
    assert item.origin_of("/wifi/1") == Origin("layer.yaml", 0, 1, "/parameters/wifi/1")
    assert item.origin_of("/kiosk") == Origin("b.yaml", 0, 4, "/parameters/kiosk")
    assert item.origin_of("") == own
    assert str(layer) == "layer.yaml:1"
