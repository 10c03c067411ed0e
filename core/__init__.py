"""The words everyone uses: plain values of the domain, standard library only."""
